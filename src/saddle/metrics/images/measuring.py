"""Metrics of generated images, on the features of the classifier of their data.

The published names (FID and so on) usually mean Inception features; here the features are those of a classifier trained
on the same data, which see digits better than a network trained on photographs, or of a random network where the data
have no labels. Values compare between generators of the same data, not with others and not with tables elsewhere. The
formulas of FID, KID and the Inception Score, and the order in which their random subsets are drawn, are
torch-fidelity's, to which the tests hold them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import conv2d, pad

from saddle.core.network import Discriminator, Generator
from saddle.core.randomness import derived_seed, torch_rng
from saddle.core.score import Score
from saddle.errors import UserError
from saddle.metrics.images.features import (
    BATCH,
    ImageFeatures,
    RealImages,
    batches,
    extract_features,
    nearest_distances,
)
from saddle.metrics.shared.neighbours import neighbourhood
from saddle.networks.classifier import Classifier

# Parts of the images whose Inception Scores are averaged (Salimans et al. 2016).
SCORE_SPLITS = 10
# A sample is a digit if it is as near to the training images as this share of the real test images, and the classifier
# gives one class at least this probability.
NEAR, SURE = 0.95, 0.9
# A light blur, its standard deviation 0.7 pixels.
BLUR = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 2.0, 1.0]))[None, None] / 16
# Distances of copies are not exactly 0 in float32; below this share of the features' length they are taken for it.
SAME = 1e-3


@dataclass(frozen=True)
class ImageProtocol:
    """How images are measured: the same for every generator, or the figures could not be compared.

    samples: generated images, and at most as many test images. neighbours: k of precision and its kin. kid_subsets,
    kid_subset_size: KID is the mean over random subsets.
    """

    samples: int
    neighbours: int
    kid_subsets: int
    kid_subset_size: int


def generated_batches(generator: Generator, count: int, seed: int, device: torch.device) -> Iterator[Tensor]:
    """`count` images of `generator` in batches, from latents that `seed` alone decides."""
    rng = torch_rng(seed, "evaluation latents")
    for start in range(0, count, BATCH):
        latents = torch.randn(min(BATCH, count - start), generator.latent_dim, generator=rng)
        yield generator.sample(latents.to(device)).clamp(-1, 1)


@torch.no_grad()
def mean_score(discriminator: Discriminator, score: Score, images: Iterable[Tensor]) -> float:
    """The mean over all images of what the discriminator says: D(x), or a critic's value."""
    return float(torch.cat([score(discriminator(batch)).cpu() for batch in images]).double().mean())


def measure_trained(
    generator: Generator,
    discriminator: Discriminator,
    score: Score,
    classifier: Classifier,
    test_images: Tensor,
    real: RealImages,
    protocol: ImageProtocol,
    seed: int,
) -> dict[str, float | None]:
    """All metrics of a trained variant: `measure_images`, `digit_share`, and what its discriminator says.

    The networks are on one device. test_images: as in `ImageData`. real: the features of the data. As many images are
    generated as the floor is measured with. d_real, d_fake: means over the test images and over the generated ones.
    Raises `UserError` as `measure_images`.
    """
    device = next(generator.parameters()).device
    generated = list(generated_batches(generator, real.floor_size(protocol.samples), seed, device))
    features = extract_features(classifier, generated)
    measured = measure_images(features, real.first(protocol.samples), protocol, seed)
    test = batches(test_images[: protocol.samples], generator.sample_shape[-1], device)
    says = {"d_real": mean_score(discriminator, score, test), "d_fake": mean_score(discriminator, score, generated)}
    shares = {"digit_share": digit_share(classifier, generated, real)} if classifier.classes > 1 else {}
    return {**measured, **shares, **says}


def measure_images(
    fake: ImageFeatures, real: RealImages, protocol: ImageProtocol, seed: int
) -> dict[str, float | None]:
    """All metrics of `fake` against the real test images; without classes, those that need none.

    precision, recall, density, coverage: see `saddle.metrics.shared.neighbours`; of the others see the functions below.
    Raises `UserError` if there are too few images of either kind.
    """
    test = real.test
    fewest = max(SCORE_SPLITS, protocol.neighbours + 1)
    if min(len(fake), len(test)) < fewest:
        raise UserError(
            f"images.evaluation: found {len(fake)} images to measure against {len(test)} test images; allowed: at "
            f"least {fewest} of both ({SCORE_SPLITS}, and more than its neighbours, {protocol.neighbours})"
        )
    subset = min(protocol.kid_subset_size, len(fake), len(test))
    near = neighbourhood(test.features.numpy(), fake.features.numpy(), protocol.neighbours)
    of_classes = {
        "inception_score": inception_score(fake.logits, seed=derived_seed(seed, "score") % 2**32),
        "class_entropy": class_entropy(fake.logits),
    }
    return {
        "fid": frechet_distance(fake.features, test.features),
        "kid": kernel_distance(
            fake.features,
            test.features,
            subsets=protocol.kid_subsets,
            size=subset,
            seed=derived_seed(seed, "kid subsets") % 2**32,
        ),
        **asdict(near),
        **(of_classes if fake.logits.shape[1] > 1 else {}),
        "memorization": memorization(fake.features, real),
    }


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """FID: the squared Fréchet distance of normal distributions fitted to features (n, d) and (m, d), range [0, inf).

    |mean_a - mean_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), lower is better. The trace of the root is the sum of the
    roots of the eigenvalues of C_a C_b. Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017.
    """
    first, second = a.numpy(), b.numpy()
    difference = first.mean(0) - second.mean(0)
    first_covariance, second_covariance = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    eigenvalues = np.linalg.eigvals(first_covariance.dot(second_covariance)).astype(np.complex128)
    trace_of_root = np.sum(np.sqrt(eigenvalues).real)
    traces = np.trace(first_covariance) + np.trace(second_covariance)
    return float(difference.dot(difference) + traces - 2 * trace_of_root)


def kernel_distance(a: Tensor, b: Tensor, *, subsets: int, size: int, seed: int) -> float:
    """KID: the squared maximum mean discrepancy of features (n, d) and (m, d), unbiased, so it can be below 0.

    The kernel is (x y / d + 1)^3; the value is the mean over `subsets` pairs of random subsets of `size` features, at
    most n and m. Lower is better. seed: 0 to 2^32 - 1. Binkowski et al., Demystifying MMD GANs, 2018.
    """
    first, second, rng = a.numpy(), b.numpy(), np.random.RandomState(seed)
    parts = []
    for _ in range(subsets):
        x = first[rng.choice(len(first), size, replace=False)]
        y = second[rng.choice(len(second), size, replace=False)]
        within = (_sum_off_diagonal(_cubic(x, x)) + _sum_off_diagonal(_cubic(y, y))) / (size * (size - 1))
        parts.append(within - 2 * _cubic(x, y).sum(0).sum() / size**2)
    return float(np.mean(np.array(parts, np.float64)))


def _cubic(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.floating]:
    kernel: NDArray[np.floating] = (np.matmul(x, y.T) * (1.0 / x.shape[1]) + 1) ** 3
    return kernel


def _sum_off_diagonal(kernel: NDArray[np.floating]) -> np.floating:
    total: np.floating = (kernel.sum(1) - np.diagonal(kernel)).sum()
    return total


def inception_score(logits: Tensor, *, seed: int) -> float:
    """exp of the mean divergence of the predicted classes from their average, range [1, classes]; higher is better.

    logits: (n, classes), shuffled by `seed` (0 to 2^32 - 1), since the value is the mean of that of ten parts.
    Salimans et al., Improved Techniques for Training GANs, 2016.
    """
    count = len(logits)
    shuffled = logits[np.random.RandomState(seed).permutation(count), :].double()
    shares, log_shares = shuffled.softmax(1), shuffled.log_softmax(1)
    scores = []
    for part in range(SCORE_SPLITS):
        chosen = slice(part * count // SCORE_SPLITS, (part + 1) * count // SCORE_SPLITS)
        average = shares[chosen].mean(0, keepdim=True)
        divergence = (shares[chosen] * (log_shares[chosen] - average.log())).sum(1)
        scores.append(float(divergence.mean().exp()))
    return float(np.mean(scores))


def class_entropy(logits: Tensor) -> float:
    """Entropy of the predicted classes' frequencies, in nats, range [0, log(classes)]; higher is more even.

    logits: (n, classes); of ten classes the most is 2.303. Zero says that all images are of one class, a
    collapsed generator.
    """
    shares = torch.bincount(logits.argmax(1), minlength=logits.shape[1]).double() / len(logits)
    return abs(float((shares * shares.clamp_min(1e-300).log()).sum()))


@torch.no_grad()
def digit_share(classifier: Classifier, images: Iterable[Tensor], real: RealImages) -> float:
    """The share of images that are taken for digits; range [0, 1], higher is better.

    images: batches (n, channels, size, size) in [-1, 1]. One is taken for a digit (or what else the data are of) if, in
    features, it is no further from the training images than 95 % of the real test images are, if the classifier gives
    one class a probability of 0.9 or more, and if it gives the same class once the image is lightly blurred. The
    probability alone would not do: of noise and of an empty image the classifier is as sure as of digits. Nor would the
    first two: specks about a blob, as early GANs draw them, can look like an 8 to the classifier until they are
    blurred.

    Of MNIST's test images 93 % pass; of noise (uniform, normal, black and white), flat grey, stripes, boxes, the mean
    digit and digits with their pixels shuffled at most 2 %, of digits turned by a right angle 7 %. A Gaussian blur of 3
    pixels leaves none, one of 2 pixels 10 %, of 1 pixel half.

    It is strict with noise on a digit: with 3 % of the pixels made white 56 % pass, though people read them all. It is
    lenient with mixtures: of two digits laid over each other a third pass. It cannot see whether digits are all of one
    class, all the same, or copies: see class_entropy, recall and memorization.
    """
    nearest = real.nearest.quantile(NEAR)
    passed = []
    for batch in images:
        seen = extract_features(classifier, [batch])
        kernel = BLUR.to(batch).expand(batch.shape[1], 1, 3, 3)
        blurs = conv2d(pad(batch, [1] * 4, mode="replicate"), kernel, groups=batch.shape[1])
        blurred = extract_features(classifier, [blurs])
        near = nearest_distances(seen.features, real.train) <= nearest
        sure = seen.logits.softmax(1).amax(1) >= SURE
        passed.append(near & sure & (seen.logits.argmax(1) == blurred.logits.argmax(1)))
    return float(torch.cat(passed).double().mean())


def digits_over_time(classifier: Classifier, snapshots: Tensor, real: RealImages) -> list[float | None]:
    """`digit_share` of each snapshot, None without classes; snapshots: (time, n, channels, size, size) in [-1, 1]."""
    if classifier.classes == 1:
        return [None] * len(snapshots)
    device = next(classifier.parameters()).device
    parts = (images.to(device).float().clamp(-1, 1).split(BATCH) for images in snapshots)
    return [digit_share(classifier, images, real) for images in parts]


def memorization(fake: Tensor, real: RealImages) -> float | None:
    """Mean distance of `fake` to its nearest train image over that of the test images, in features; range [0, inf).

    fake: (n, features). About 1: as far from the training data as unseen real images are. Well below 1:
    copies of training images. Above 1: images unlike any real one. Nearer to 1 is better. After Meehan, Chaudhuri and
    Dasgupta, A Non-Parametric Test to Detect Data-Copying, 2020. None where every test image is a copy of a training
    image, so that there is nothing to compare with.
    """
    usual = float(real.nearest.mean())
    if usual <= SAME * float(real.train.norm(dim=1).mean()):
        return None
    return float(nearest_distances(fake, real.train).mean()) / usual
