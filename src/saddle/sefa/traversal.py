"""Moving codes along directions and drawing what the generator makes of them."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.core.network import Generator
from saddle.core.randomness import numpy_generator
from saddle.errors import UserError
from saddle.sefa.factorization import starting_codes

CHANNELS = (1, 3)


@dataclass(frozen=True)
class Sweep:
    """The distances that codes are moved by: `steps` of them, evenly from `start` to `stop`, both included.

    A single step is `start`. Raises `UserError` if start is not below stop or there is no step.
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
        """The distances, ascending; what should be 0 is 0 exactly."""
        return [round(float(distance), 9) + 0.0 for distance in np.linspace(self.start, self.stop, self.steps)]


def check_draws_images(generator: Generator) -> None:
    """Raise `UserError` if samples of `generator` are no images (1 or 3, height, width) with height = width."""
    shape = generator.sample_shape
    if len(shape) != 3 or shape[0] not in CHANNELS or shape[1] != shape[2]:
        raise UserError(f"the generator's samples have shape {tuple(shape)}; allowed: square images of 1 or 3 channels")


def drawn_codes(generator: Generator, count: int, seed: int, purpose: str) -> Tensor:
    """The codes of `count` random samples, (count, latent_dim), on the CPU; the same for each seed and purpose.

    The first ones do not depend on how many there are. Raises `UserError` if count is below 1.
    """
    if count < 1:
        raise UserError(f"num_samples is {count}; allowed: at least 1")
    latents = numpy_generator(seed, purpose).standard_normal((count, generator.latent_dim), np.float32)
    return starting_codes(generator, torch.from_numpy(latents))


def moved(codes: Tensor, direction: Tensor, distances: list[float]) -> Tensor:
    """`codes` (n, latent_dim) moved by every distance along `direction` (latent_dim,).

    The result is (n * len(distances), latent_dim): first the first code by all the distances, then the next.
    """
    steps = torch.tensor(distances, dtype=codes.dtype)[:, None] * direction.to(codes)
    return (codes[:, None] + steps).flatten(0, 1)


def images_of(generator: Generator, codes: Tensor, batch: int, device: torch.device) -> Iterator[Tensor]:
    """The images of `codes` in order, (at most batch, channels, height, width) at a time, on `device`.

    Values are as the generator makes them, about [-1, 1]; the generator must be on `device`.
    """
    for part in codes.split(batch):
        yield generator.sample(part.to(device))


def as_bytes(images: Tensor, most: int) -> NDArray[np.uint8]:
    """Images (n, c, h, w) in [-1, 1] as bytes (n, h', w', c); -1 is 0, 1 is 255, what lies beyond is cut off.

    An image of more than `most` pixels a side is averaged down to `most`.
    """
    images = images.float().cpu()
    if images.shape[-1] > most:
        images = F.interpolate(images, size=(most, most), mode="area")
    scaled = images.clamp(-1, 1).add(1).mul(127.5).round()
    return np.asarray(scaled.to(torch.uint8).permute(0, 2, 3, 1))


@dataclass(frozen=True)
class Traversal:
    """The images of one direction, in a file rather than in memory, so that their number has no bound.

    path: the bytes of all images, sample by sample, within a sample distance by distance. side: pixels of a
    side. channels: 1 or 3.
    """

    path: Path
    samples: int
    distances: list[float]
    side: int
    channels: int

    def image(self, sample: int, step: int) -> NDArray[np.uint8]:
        """One image, (side, side, channels)."""
        shape = self.side, self.side, self.channels
        position = (sample * len(self.distances) + step) * math.prod(shape)
        return np.fromfile(self.path, np.uint8, math.prod(shape), offset=position).reshape(shape)


def traverse(
    generator: Generator,
    codes: Tensor,
    direction: Tensor,
    distances: list[float],
    path: Path,
    *,
    batch: int,
    most: int,
    device: torch.device,
    drawn: Callable[[int], object],
) -> Traversal:
    """Draw `codes` at every distance along `direction` and stream the images to `path`.

    batch: images drawn at once. most: larger images are averaged down to so many pixels a side. drawn: called
    with the number of images after each batch.
    """
    with path.open("wb") as file:
        for images in images_of(generator, moved(codes, direction, distances), batch, device):
            file.write(np.ascontiguousarray(as_bytes(images, most)).data)
            drawn(len(images))
    channels, side, _ = generator.sample_shape
    return Traversal(path, len(codes), distances, min(side, most), channels)
