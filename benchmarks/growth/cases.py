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
# ProGAN's feature maps at r pixels a side are MAPS_BASE / r, but at most MOST_MAPS.
MAPS_BASE, MOST_MAPS = 2048, 64


@dataclass(frozen=True)
class Case:
    """What grows. sizes: those that are measured. make: the training of a size.

    work: of a size, what its time should be in proportion to, beside a fixed part; kept: what its memory should.
    """

    what: str
    unit: str
    sizes: tuple[int, ...]
    make: Callable[[int], Training]
    work: Callable[[int], int]
    kept: Callable[[int], int]


def _points(batch: int) -> Training:
    settings = _settings("points", {"points": {"recipes": {"minibatch": {"batch_size": batch}}}})
    points = builtin_points()["xx"]
    return points_training(settings, "gan", "rmsprop", np.tile(points, (-(-batch // len(points)), 1)))


def _dcgan(batch: int) -> Training:
    return _images("dcgan", {"batch_size": batch}, batch)


def _progan(pixels: int) -> Training:
    """At its full resolution from the second step on."""
    levels = pixels.bit_length() - 2
    growing = {"stabilize": [1e-9] * (levels - 1) + [1.0], "fade": [1e-9] * (levels - 1)}
    networks = {"kind": "progan", "fmaps_base": MAPS_BASE, "fmaps_max": MOST_MAPS, **growing}
    return _images("progan", {"batch_size": IMAGE_BATCH, "img_size": pixels, "networks": networks}, IMAGE_BATCH)


def _blocks(pixels: int) -> list[tuple[int, int]]:
    """Pixels and feature maps of each of ProGAN's blocks: where pixels double, maps become fewer."""
    sides = [2**level for level in range(2, pixels.bit_length())]
    return [(side * side, min(MAPS_BASE // side, MOST_MAPS)) for side in sides]


def _images(name: str, changes: dict[str, Any], batch: int) -> Training:
    settings = _settings(name, {"mnist": {"variants": {name: {**changes, "threads": 1}}}})
    images = torch.randint(256, (2 * batch, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return training_of_images(settings, name, images)


def _settings(name: str, changes: dict[str, Any]) -> Settings:
    settings = settings_for(torch.device("cpu"), "fp32")
    return Settings.model_validate(_merged(settings.model_dump(), changes))


def _merged(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    whole = dict(content)
    for key, value in changes.items():
        deeper = isinstance(value, dict) and isinstance(whole.get(key), dict) and "kind" not in value
        whole[key] = _merged(whole[key], value) if deeper else value
    return whole


def _itself(size: int) -> int:
    return size


CASES = {
    "points": Case("GAN of points", "points a batch", (64, 256, 1024, 4096, 16384, 65536), _points, _itself, _itself),
    "dcgan": Case("DCGAN", "images a batch", (16, 32, 64, 128, 256, 512), _dcgan, _itself, _itself),
    "progan": Case(
        "ProGAN, 16 images a batch",
        "pixels a side",
        (8, 16, 32, 64, 128),
        _progan,
        # A convolution takes time by pixels and maps on both its sides, and keeps its output.
        lambda pixels: sum(area * maps**2 for area, maps in _blocks(pixels)),
        lambda pixels: sum(area * maps for area, maps in _blocks(pixels)),
    ),
}
