"""Moving codes along directions, and drawing what the generator makes of them."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.core.network import Generator
from saddle.core.randomness import numpy_rng
from saddle.errors import UserError
from saddle.rendering.shared.pixels import to_uint8

CHANNELS = (1, 3)


@dataclass(frozen=True)
class Sweep:
    """The distances that codes are moved by: `steps` of them, equally spaced from `start` to `stop`, both included.

    If there is only one step, it is `start`. Raises `UserError` if start is not below stop, or steps is below 1.
    """

    start: float
    stop: float
    steps: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.stop) and self.start < self.stop):
            raise UserError(
                f"start is {self.start:g} and stop is {self.stop:g}; allowed: start below stop, both finite"
            )
        if self.steps < 1:
            raise UserError(f"steps is {self.steps}; allowed: at least 1")

    @property
    def length(self) -> float:
        """The distance from start to stop."""
        return self.stop - self.start

    def distances(self) -> list[float]:
        """The distances in ascending order. Rounded, so that zero is exactly 0."""
        return [round(float(distance), 9) + 0.0 for distance in np.linspace(self.start, self.stop, self.steps)]


def check_draws_images(generator: Generator) -> None:
    """Raise `UserError` unless the samples of `generator` are square images of 1 or 3 channels."""
    shape = generator.sample_shape
    if len(shape) != 3 or shape[0] not in CHANNELS or shape[1] != shape[2]:
        raise UserError(f"the generator's samples have shape {tuple(shape)}; allowed: square images of 1 or 3 channels")


def drawn_codes(
    generator: Generator, count: int, seed: int, purpose: str, sampler: Literal["numpy", "torch"] = "numpy"
) -> Tensor:
    """The codes of `count` random samples, (count, code size), on the CPU; `Generator.codes` says what they are.

    With the sampler "numpy" they follow from seed and purpose, and a larger count only adds further ones. "torch" draws
    the latents as the code of Shen and Zhou 2021 does, `torch.manual_seed(seed)` and `torch.randn(count, latent_dim)`:
    from the seed alone. Raises `UserError` if count is below 1.
    """
    if count < 1:
        raise UserError(f"num_samples is {count}; allowed: at least 1")
    shape = count, generator.latent_dim
    if sampler == "torch":
        latents = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    else:
        latents = torch.from_numpy(numpy_rng(seed, purpose).standard_normal(shape, np.float32))
    return generator.codes(latents).cpu()


def moved(codes: Tensor, direction: Tensor, distance: float) -> Tensor:
    """`codes` (n, code size), each moved by `distance` along `direction` (at most code size,).

    A direction moves the first numbers of a code; if there are more, they stay.
    """
    return codes + distance * F.pad(direction.to(codes), (0, codes.shape[1] - len(direction)))


@dataclass(frozen=True)
class Drawing:
    """How images are drawn.

    generator: in evaluation mode, on `device`. batch: how many images are drawn at once. drawn: called after each
    batch with the number of its images.
    """

    generator: Generator
    device: torch.device
    batch: int
    drawn: Callable[[int], object] = lambda count: None

    def batches(self, codes: Tensor) -> Iterator[Tensor]:
        """The images of `codes` in order, (at most batch, channels, height, width) at a time, on the device.

        Values are about [-1, 1]; some generators exceed it a little.
        """
        for part in codes.split(self.batch):
            images = self.generator.sample(part.to(self.device))
            yield images
            self.drawn(len(images))


def as_bytes(images: Tensor, most: int) -> NDArray[np.uint8]:
    """Images (n, c, h, w) in [-1, 1] as bytes (n, h', w', c), as `to_uint8` maps them.

    Images of more than `most` pixels a side are averaged down to `most`.
    """
    images = images.float().cpu()
    if images.shape[-1] > most:
        images = F.interpolate(images, size=(most, most), mode="area")
    return to_uint8(images).transpose(0, 2, 3, 1)


class Traversal(NamedTuple):
    """The images of one direction.

    images: (samples, distances, side, side, channels), 1 or 3 channels; mapped from a file, so that any number of them
    fits into memory.
    """

    images: NDArray[np.uint8]
    distances: list[float]

    @property
    def side(self) -> int:
        """Pixels a side of an image."""
        return self.images.shape[2]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for red, green and blue."""
        return self.images.shape[4]


def traverse(
    drawing: Drawing, codes: Tensor, direction: Tensor, distances: list[float], path: Path, *, most: int
) -> Traversal:
    """Draw `codes` at every distance along `direction`, into a file at `path`.

    A generator may normalize images by their batch, so each distance has batches of its own. most: the most pixels a
    side that an image keeps; larger ones are averaged down.
    """
    channels, side, _ = drawing.generator.sample_shape
    side = min(side, most)
    images = np.memmap(path, np.uint8, "w+", shape=(len(codes), len(distances), side, side, channels))
    for step, distance in enumerate(distances):
        start = 0
        for drawn in drawing.batches(moved(codes, direction, distance)):
            images[start : start + len(drawn), step] = as_bytes(drawn, most)
            start += len(drawn)
    return Traversal(images, distances)
