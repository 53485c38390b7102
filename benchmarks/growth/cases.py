"""What is made larger, and a training of each size."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.project.side import points_training, settings_for, training_of_images
from benchmarks.training import Training
from saddle.config import Settings
from saddle.data.points.builtin import builtin_points

IMAGE_BATCH = 16


@dataclass(frozen=True)
class Case:
    """What grows. sizes: those that are measured. make: the training of a size. work: what its cost should follow."""

    what: str
    unit: str
    sizes: tuple[int, ...]
    make: Callable[[int], Training]
    work: Callable[[int], int]


def _points(batch: int) -> Training:
    settings = _settings("points", {"points": {"recipes": {"minibatch": {"batch_size": batch}}}})
    points = builtin_points()["xx"]
    return points_training(settings, "gan", "rmsprop", np.tile(points, (-(-batch // len(points)), 1)))


def _dcgan(batch: int) -> Training:
    return _images("dcgan", {"batch_size": batch}, batch)


def _progan(pixels: int) -> Training:
    """At its full resolution from the second step on, with feature maps enough that these do not shrink to a few."""
    levels = pixels.bit_length() - 2
    growing = {"stabilize": [1e-9] * (levels - 1) + [1.0], "fade": [1e-9] * (levels - 1)}
    networks = {"kind": "progan", "fmaps_base": 2048, "fmaps_max": 64, **growing}
    return _images("progan", {"batch_size": IMAGE_BATCH, "img_size": pixels, "networks": networks}, IMAGE_BATCH)


def _images(name: str, changes: dict[str, Any], batch: int) -> Training:
    settings = _settings(name, {"mnist": {"variants": {name: {**changes, "threads": 1}}}})
    images = torch.randint(256, (2 * batch, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return training_of_images(settings, name, images)


def _settings(name: str, changes: dict[str, Any]) -> Settings:
    settings = settings_for(torch.device("cpu"), "fp32").model_copy(update={"draw_ahead": False})
    return Settings.model_validate(_merged(settings.model_dump(), changes))


def _merged(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    whole = dict(content)
    for key, value in changes.items():
        deeper = isinstance(value, dict) and isinstance(whole.get(key), dict) and "kind" not in value
        whole[key] = _merged(whole[key], value) if deeper else value
    return whole


CASES = {
    "points": Case("GAN of points", "points a batch", (64, 256, 1024, 4096, 16384, 65536), _points, lambda n: n),
    "dcgan": Case("DCGAN", "images a batch", (16, 32, 64, 128, 256, 512), _dcgan, lambda n: n),
    "progan": Case("ProGAN, 16 images a batch", "pixels a side", (8, 16, 32, 64, 128), _progan, lambda n: n * n),
}
