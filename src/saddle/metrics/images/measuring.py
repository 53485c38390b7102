"""Metrics of generated images, on the features of the digit classifier.

The published names (FID and so on) usually mean Inception features; here the features are those of a classifier trained
on the same data, which see digits better than a network trained on photographs. Values compare within this project, not
with tables elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

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
from saddle.metrics.images.scores import SCORE_SPLITS, frechet_distance, inception_score, kernel_distance
from saddle.metrics.shared.neighbours import neighbourhood
from saddle.networks.classifier import Classifier

# A sample is a digit if it is as near to the training images as this share of the real test images, and the classifier
# gives one class at least this probability.
NEAR, SURE = 0.95, 0.9
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
    """All metrics of a trained variant: `measure_images`, and what its discriminator says.

    The networks are on one device. test_images: (n, 28, 28) uint8. real: the features of the data. d_real, d_fake:
    means over the test images and over the generated ones. Raises `UserError` as `measure_images`.
    """
    device = next(generator.parameters()).device
    generated = list(generated_batches(generator, protocol.samples, seed, device))
    features = extract_features(classifier, generated)
    measured = measure_images(features, real.first(protocol.samples), protocol, seed)
    test = batches(test_images[: protocol.samples], generator.sample_shape[-1], device)
    says = {"d_real": mean_score(discriminator, score, test), "d_fake": mean_score(discriminator, score, generated)}
    return {**measured, **says}


def measure_images(
    fake: ImageFeatures, real: RealImages, protocol: ImageProtocol, seed: int
) -> dict[str, float | None]:
    """All metrics of `fake` against the real test images.

    fid, kid, inception_score: see `saddle.metrics.images.scores`; there are ten classes. precision, recall, density,
    coverage: see `saddle.metrics.shared.neighbours`.
    class_entropy, memorization, digit_share: see the functions below.
    Raises `UserError` if there are too few images of either kind.
    """
    test = real.test
    fewest = max(SCORE_SPLITS, protocol.neighbours + 1)
    if min(len(fake), len(test)) < fewest:
        raise UserError(
            f"mnist.evaluation: found {len(fake)} images to measure against {len(test)} test images; allowed: at least "
            f"{fewest} of both ({SCORE_SPLITS}, and more than its neighbours, {protocol.neighbours})"
        )
    subset = min(protocol.kid_subset_size, len(fake), len(test))
    near = neighbourhood(test.features.numpy(), fake.features.numpy(), protocol.neighbours)
    distances = nearest_distances(fake.features, real.train)
    return {
        "fid": frechet_distance(fake.features, test.features),
        "kid": kernel_distance(
            fake.features,
            test.features,
            subsets=protocol.kid_subsets,
            size=subset,
            seed=derived_seed(seed, "kid subsets") % 2**32,
        ),
        "inception_score": inception_score(fake.logits, seed=derived_seed(seed, "score") % 2**32),
        **asdict(near),
        "class_entropy": class_entropy(fake.logits),
        "memorization": memorization(distances, real),
        "digit_share": digit_share(fake.logits, distances, real),
    }


def class_entropy(logits: Tensor) -> float:
    """Entropy of the predicted classes' frequencies, in nats, range [0, log 10 = 2.303]; higher is more even.

    logits: (n, 10). Zero says that all images are of one class, a collapsed generator.
    """
    shares = torch.bincount(logits.argmax(1), minlength=logits.shape[1]).double() / len(logits)
    return float(-(shares * shares.clamp_min(1e-300).log()).sum())


def digit_share(logits: Tensor, distances: Tensor, real: RealImages) -> float:
    """The share of generated images that the classifier takes for digits; range [0, 1], higher is better.

    logits: (n, 10). distances: (n,), of each image to the nearest training image, in features. One is taken for a digit
    if it is no further away than 95 % of the real test images are, and if the classifier gives one class a probability
    of 0.9 or more. The probability alone would not do: of noise and of an empty image the classifier is as sure as of
    digits, but their features are far from those of any.

    Of MNIST's test images 94 % pass; of noise (uniform, normal, black and white), flat grey, stripes, boxes, the mean
    digit and digits with their pixels shuffled 0 to 2 %, of digits turned by a right angle 7 %. A Gaussian blur of 3
    pixels leaves none, one of 2 pixels 10 %, of 1 pixel half.

    It is strict with noise on a digit: with 3 % of the pixels made white 57 % pass, though people read them all. It is
    lenient with mixtures: of two digits laid over each other a third pass. It cannot see whether digits are all of one
    class, all the same, or copies: see class_entropy, recall and memorization.
    """
    near = distances <= real.nearest.quantile(NEAR)
    sure = logits.softmax(1).amax(1) >= SURE
    return float((near & sure).double().mean())


@torch.no_grad()
def digits_over_time(classifier: Classifier, snapshots: Tensor, real: RealImages) -> list[float]:
    """`digit_share` of each snapshot; snapshots: (time, n, 1, size, size) in [-1, 1], on any device."""
    device = next(classifier.parameters()).device
    shares = []
    for images in snapshots:
        own = extract_features(classifier, images.to(device).float().clamp(-1, 1).split(BATCH))
        shares.append(digit_share(own.logits, nearest_distances(own.features, real.train), real))
    return shares


def memorization(distances: Tensor, real: RealImages) -> float | None:
    """Mean distance of images to their nearest train image over that of the test images, in features; range [0, inf).

    distances: (n,). About 1: as far from the training data as unseen real images are. Well below 1:
    copies of training images. Above 1: images unlike any real one. Nearer to 1 is better. After Meehan, Chaudhuri and
    Dasgupta, A Non-Parametric Test to Detect Data-Copying, 2020. None where every test image is a copy of a training
    image, so that there is nothing to compare with.
    """
    usual = float(real.nearest.mean())
    if usual <= SAME * float(real.train.norm(dim=1).mean()):
        return None
    return float(distances.mean()) / usual
