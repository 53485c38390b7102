"""The image experiment: what a budget decides."""

from typing import Any

import pytest
import torch
from conftest import noise_for

from saddle.config import Settings
from saddle.experiments.classifier import accuracy, train_classifier
from saddle.experiments.images import ImageSnapshots, train_images
from saddle.training.fit import Run

IMAGES = torch.randint(256, (60, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def trained(settings: Settings, name: Any, **budget: Any) -> Run[ImageSnapshots]:
    variant = settings.images.variant(name)
    budgets = variant.budgets.model_copy(update={"laptop": variant.budgets.laptop.model_copy(update=budget)})
    variants = {**settings.images.variants, name: variant.model_copy(update={"budgets": budgets})}
    images = settings.images.model_copy(update={"variants": variants})
    noise = noise_for(settings, name, IMAGES)
    return train_images(settings.model_copy(update={"images": images}), name, noise, "noise")


@pytest.mark.parametrize("name", ["mlp", "dcgan", "progan", "compact"])
def test_an_average_is_kept_and_drawn_but_does_not_change_the_training(settings: Settings, name: str) -> None:
    plain = trained(settings, name, ema_decay=None)
    averaged = trained(settings, name, ema_decay=0.5)
    assert averaged.log == plain.log
    before = plain.snapshots.seen["images"][0]
    assert (averaged.snapshots.seen["images"][0] == before).all()
    assert (averaged.snapshots.seen["images"][-1] != plain.snapshots.seen["images"][-1]).any()
    assert (averaged.generator.sample(averaged.snapshots.latents).numpy() == averaged.snapshots.newest()).all()


def test_snapshots_know_the_resolution_that_they_show(settings: Settings) -> None:
    growing, fixed = (trained(settings, name).snapshots.seen["resolution"] for name in ("progan", "mlp"))
    assert growing == sorted(growing)
    assert (growing[0], growing[-1]) == (4, 16)  # three steps do not get further
    assert set(map(int, fixed)) == {28}


@pytest.mark.parametrize("name", ["mlp", "dcgan", "progan", "compact"])
def test_all_kinds_draw_in_colour(settings: Settings, name: str) -> None:
    variant = settings.images.variant(name).model_copy(update={"channels": 3})
    images = settings.images.model_copy(update={"variants": {name: variant}})
    red = torch.tensor([255, 0, 0], dtype=torch.uint8).expand(60, 28, 28, 3)
    run = train_images(settings.model_copy(update={"images": images}), name, red, "red")
    assert run.generator.sample_shape == (3, variant.img_size, variant.img_size)
    newest = run.snapshots.newest()
    assert newest.shape == (25, *run.generator.sample_shape)
    assert (newest[:, 0] != newest[:, 1]).any()
    assert run.discriminator(torch.from_numpy(newest).float()).shape == (25,)


def test_a_classifier_of_colours_learns_from_fewer_images_than_a_batch() -> None:
    colours = torch.eye(3, dtype=torch.uint8)[torch.arange(30) % 3] * 255
    pictures, labels = colours[:, None, None].expand(30, 16, 16, 3), torch.arange(30) % 3
    settings: dict[str, Any] = {"steps": 30, "batch_size": 64, "lr": 0.01, "seed": 0, "device": torch.device("cpu")}
    classifier = train_classifier(pictures, labels, classes=3, **settings)
    assert accuracy(classifier, pictures, labels) == 1
    assert classifier(torch.zeros(2, 3, 40, 40)).shape == (2, 3)


@pytest.mark.parametrize("name", ["mlp", "dcgan", "progan"])
def test_bf16_trains_by_another_rounding(settings: Settings, name: str) -> None:
    """ProGAN grows meanwhile, so that layers of two precisions are blended."""
    exact, rounded = (trained(settings.model_copy(update={"precision": p}), name).log for p in ("fp32", "bf16"))
    assert exact[0]["d_loss"] != rounded[0]["d_loss"]
    assert exact[0]["d_loss"] == pytest.approx(rounded[0]["d_loss"], rel=0.02)
