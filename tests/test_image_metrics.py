"""Image metrics against cases whose value is known."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchvision.transforms.functional import gaussian_blur

from saddle.data.images import normalized
from saddle.errors import UserError
from saddle.experiments.classifier import train_classifier, untrained
from saddle.metrics.images.features import ImageFeatures, RealImages, batches, extract_features, nearest_distances
from saddle.metrics.images.measuring import (
    ImageProtocol,
    class_entropy,
    digits_over_time,
    frechet_distance,
    inception_score,
    kernel_distance,
    measure_images,
    memorization,
)
from saddle.rendering.shared.style import font

PROTOCOL = ImageProtocol(samples=300, neighbours=3, kid_subsets=10, kid_subset_size=100)


def drawn(count: int, shift: float = 0.0, seed: int = 0) -> ImageFeatures:
    rng = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 8, generator=rng) + shift
    logits = 20.0 * torch.nn.functional.one_hot(torch.arange(count) % 10, 10)
    return ImageFeatures(features, logits)


def real_images(test: ImageFeatures, train: ImageFeatures) -> RealImages:
    return RealImages.of(train.features, test)


def test_a_sample_of_the_same_distribution_is_near_the_ideal() -> None:
    metrics = measure_images(
        drawn(1000, seed=1), real_images(drawn(1000, seed=2), drawn(1000, seed=3)), PROTOCOL, seed=0
    )
    assert metrics["fid"] < 0.2
    assert abs(metrics["kid"]) < 0.05
    assert metrics["density"] == pytest.approx(1, abs=0.15)
    assert metrics["memorization"] == pytest.approx(1, abs=0.05)
    assert metrics["inception_score"] == pytest.approx(10, rel=0.05)
    assert metrics["class_entropy"] == pytest.approx(math.log(10))


def test_fid_of_a_shift_is_its_squared_length() -> None:
    base = drawn(1000)
    shifted = ImageFeatures(base.features + 2.0, base.logits)
    metrics = measure_images(shifted, real_images(base, base), PROTOCOL, seed=0)
    assert metrics["fid"] == pytest.approx(8 * 2.0**2, rel=1e-3)
    assert metrics["precision"] < 0.2


def test_precision_and_recall_are_not_mixed_up() -> None:
    real = drawn(300)
    collapsed = ImageFeatures(real.features.mean(0) + 0.01 * torch.randn(300, 8), real.logits)
    metrics = measure_images(collapsed, real_images(real, real), PROTOCOL, seed=0)
    assert metrics["precision"] > 0.9
    assert metrics["recall"] < 0.1


def test_class_entropy_of_one_class_is_zero() -> None:
    assert class_entropy(torch.tensor([[5.0, 0.0]] * 7)) == pytest.approx(0)
    assert class_entropy(torch.tensor([[5.0, 0.0], [0.0, 5.0]])) == pytest.approx(math.log(2))


def printed_digits(count: int, seed: int) -> torch.Tensor:
    """(count, 28, 28) uint8: the digits 0 to 9 in turn, of many sizes and places, turned by up to 15 degrees."""
    rng = np.random.default_rng(seed)
    images = []
    for number in range(count):
        image = Image.new("L", (28, 28))
        place, size = tuple(rng.uniform(12, 16, 2)), int(rng.integers(18, 26))
        ImageDraw.Draw(image).text(place, str(number % 10), fill=255, font=font(size, str(number % 10)), anchor="mm")
        images.append(np.asarray(image.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR)))
    return torch.from_numpy(np.stack(images))


def test_only_digits_are_taken_for_digits() -> None:
    device = torch.device("cpu")
    train, test = printed_digits(2000, 0), printed_digits(500, 1)
    labels = torch.arange(len(train)) % 10
    classifier = train_classifier(train, labels, steps=120, batch_size=50, lr=0.004, seed=0, device=device)
    real_train, real_test = (extract_features(classifier, batches(images, 28, device)) for images in (train, test))
    real = RealImages.of(real_train.features, real_test)
    rng = torch.Generator().manual_seed(0)
    digits = normalized(printed_digits(200, 2), 28)
    noise = torch.randn(digits.shape, generator=rng)
    grey = torch.linspace(-1, 1, len(digits)).reshape(-1, 1, 1, 1).expand(digits.shape)
    nothing = [grey, noise, 2 * torch.rand(digits.shape, generator=rng) - 1, noise.sign(), gaussian_blur(digits, 21, 4)]
    *shares, of_digits = digits_over_time(classifier, torch.stack([*nothing, digits]), real)
    assert max(shares) <= 0.02
    assert of_digits >= 0.85
    # Of those that are no digits the classifier alone would be sure.
    certain = extract_features(classifier, [grey]).logits.softmax(1).amax(1)
    assert (certain >= 0.9).double().mean() > 0.5


def test_a_random_network_orders_images_by_how_wrong_they_are_and_knows_no_classes() -> None:
    train, test, fresh = (printed_digits(500, seed) for seed in range(3))
    network = untrained(train)
    real_train, real_test = (
        extract_features(network, batches(part, 28, torch.device("cpu"))) for part in (train, test)
    )
    real, fresh = RealImages.of(real_train.features, real_test), normalized(fresh, 28)
    ones = fresh[1::10].repeat(10, 1, 1, 1)
    noise = torch.randn(fresh.shape, generator=torch.Generator().manual_seed(0))
    worse = [fresh, gaussian_blur(fresh, 5, 0.7), gaussian_blur(fresh, 9, 2), ones, noise]
    metrics = [measure_images(extract_features(network, [images]), real, PROTOCOL, seed=0) for images in worse]
    good, little, much, one_class, nothing = (figures["fid"] for figures in metrics)
    assert good < little / 2 < little < much < nothing
    assert good < one_class / 2
    assert metrics[0].keys().isdisjoint({"inception_score", "class_entropy"})
    assert digits_over_time(network, fresh[None], real) == [None]


def test_copies_of_training_images_have_memorization_zero() -> None:
    real = real_images(drawn(50, seed=2), drawn(50, seed=1))
    assert memorization(real.train[:20], real) == pytest.approx(0, abs=1e-3)
    assert memorization(real.test.features, real) == pytest.approx(1)


def test_nearest_distances_by_hand() -> None:
    points, others = torch.tensor([[0.0, 0.0], [5.0, 0.0]]), torch.tensor([[3.0, 4.0], [5.0, 1.0]])
    np.testing.assert_allclose(nearest_distances(points, others), [5.0, 1.0], atol=1e-5)


def test_features_of_real_images_survive_their_file(tmp_path: Path) -> None:
    real = real_images(drawn(30, seed=2), drawn(50, seed=1))
    real.save(tmp_path / "mnist.npz")
    restored = RealImages.load(tmp_path / "mnist.npz")
    fake = drawn(30, 0.5, 3)
    protocol = ImageProtocol(samples=30, neighbours=3, kid_subsets=10, kid_subset_size=10)
    assert measure_images(fake, restored, protocol, seed=0) == measure_images(fake, real, protocol, seed=0)


@pytest.mark.parametrize(("fake", "test", "neighbours", "fewest"), [(9, 10, 3, 10), (10, 9, 3, 10), (12, 40, 12, 13)])
def test_too_few_images_to_measure_with_are_refused(fake: int, test: int, neighbours: int, fewest: int) -> None:
    protocol = ImageProtocol(samples=100, neighbours=neighbours, kid_subsets=1, kid_subset_size=2)
    message = (
        f"images.evaluation: found {fake} images to measure against {test} test images; allowed: at least {fewest} of"
    )
    with pytest.raises(UserError, match=re.escape(message)):
        measure_images(drawn(fake, seed=1), real_images(drawn(test, seed=2), drawn(20, seed=3)), protocol, seed=0)


def test_precision_and_its_kin_are_those_of_torch_fidelity_where_no_point_is_on_a_border() -> None:
    fake, test = drawn(200, 0.4, 1), drawn(250, 0.0, 2)
    ours = measure_images(fake, real_images(test, drawn(50, seed=3)), PROTOCOL, seed=0)
    theirs = prc_features_to_metric(fake.features, test.features, prc_neighborhood=PROTOCOL.neighbours, verbose=False)
    assert ours["precision"] == pytest.approx(theirs["precision"], abs=1 / 200 + 1e-9)
    assert ours["recall"] == pytest.approx(theirs["recall"], abs=1 / 250 + 1e-9)


def test_where_every_test_image_is_a_training_image_there_is_no_memorization_to_tell() -> None:
    images = drawn(50, 100.0)  # far from the origin, where float32 tells copies apart worst
    real = real_images(images, images)
    assert memorization(drawn(20, 3.0, 1).features, real) is None
    assert measure_images(images, real, PROTOCOL, seed=0)["memorization"] is None


def test_fid_kid_and_the_inception_score_are_those_of_torch_fidelity() -> None:
    a, b = drawn(200, 0.4, 1).features, drawn(250, 0.0, 2).features
    theirs = fid_statistics_to_metric(fid_features_to_statistics(a), fid_features_to_statistics(b), verbose=False)
    assert frechet_distance(a, b) == pytest.approx(theirs["frechet_inception_distance"], rel=1e-12)
    theirs = kid_features_to_metric(a, b, kid_subsets=4, kid_subset_size=50, rng_seed=7, verbose=False)
    ours = kernel_distance(a, b, subsets=4, size=50, seed=7)
    assert ours == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-6)
    logits = torch.randn(203, 10, generator=torch.Generator().manual_seed(3))
    theirs = isc_features_to_metric(logits, splits=10, shuffle=True, rng_seed=5)
    assert inception_score(logits, seed=5) == pytest.approx(theirs["inception_score_mean"], rel=1e-12)
