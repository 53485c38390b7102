"""The image experiment: what a budget decides."""

from typing import Any

import pytest
import torch

from saddle.config import Settings
from saddle.errors import UserError
from saddle.experiments.classifier import train_classifier
from saddle.experiments.images import ImageSnapshots, train_images
from saddle.training.fit import Run

IMAGES = torch.randint(256, (60, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def trained(settings: Settings, name: Any, **budget: Any) -> Run[ImageSnapshots]:
    variant = settings.images.variant(name)
    budgets = variant.budgets.model_copy(update={"laptop": variant.budgets.laptop.model_copy(update=budget)})
    variants = {**settings.images.variants, name: variant.model_copy(update={"budgets": budgets})}
    images = settings.images.model_copy(update={"variants": variants})
    return train_images(settings.model_copy(update={"images": images}), name, IMAGES, "noise")


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


def test_a_classifier_of_fewer_images_than_a_batch_is_refused() -> None:
    with pytest.raises(UserError, match=r"images.classifier.batch_size is 61, more than the 60 training images"):
        train_classifier(IMAGES, IMAGES[:, 0, 0], epochs=1, batch_size=61, lr=0.1, seed=0, device=torch.device("cpu"))


@pytest.mark.parametrize("name", ["mlp", "dcgan", "progan"])
def test_bf16_trains_by_another_rounding(settings: Settings, name: str) -> None:
    """ProGAN grows meanwhile, so that layers of two precisions are blended."""
    exact, rounded = (trained(settings.model_copy(update={"precision": p}), name).log for p in ("fp32", "bf16"))
    assert exact[0]["d_loss"] != rounded[0]["d_loss"]
    assert exact[0]["d_loss"] == pytest.approx(rounded[0]["d_loss"], rel=0.02)
