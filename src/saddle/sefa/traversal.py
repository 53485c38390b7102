"""Moving codes along directions, in all of a generator's layers or in some, and drawing what it makes of them."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.core.network import Generator
from saddle.core.randomness import numpy_rng
from saddle.errors import UserError
from saddle.rendering.shared.figures import to_uint8

CHANNELS = (1, 3)
# Samples drawn at once, and the most numbers in them: large images come in smaller batches, the largest one by one.
BATCH, BATCH_NUMBERS = 256, 2**20
ALL = "all"


def distances_between(start: float, stop: float, steps: int) -> list[float]:
    """`steps` distances, evenly from `start` to `stop`, both included; of a single one, `start`. Zero is exactly 0."""
    return [round(float(distance), 9) + 0.0 for distance in np.linspace(start, stop, steps)]


def check_draws_images(generator: Generator) -> None:
    """Raise `UserError` unless the samples of `generator` are square images of 1 or 3 channels."""
    shape = generator.sample_shape
    if len(shape) != 3 or shape[0] not in CHANNELS or shape[1] != shape[2]:
        raise UserError(f"the generator's samples have shape {tuple(shape)}; allowed: square images of 1 or 3 channels")


def drawn_codes(
    generator: Generator, count: int, seed: int, purpose: str, sampler: Literal["numpy", "torch"] = "numpy"
) -> Tensor:
    """The codes of `count` random samples, on the CPU; `Generator.codes` says what they are.

    With the sampler "numpy" they follow from seed and purpose, and a larger count only adds further ones. "torch" draws
    the latents as the code of Shen and Zhou 2021 does, `torch.manual_seed(seed)` and `torch.randn(count, latent_dim)`:
    from the seed alone.
    """
    shape = count, generator.latent_dim
    if sampler == "torch":
        latents = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    else:
        latents = torch.from_numpy(numpy_rng(seed, purpose).standard_normal(shape, np.float32))
    return generator.codes(latents.to(device_of(generator))).cpu()


def device_of(generator: Generator) -> torch.device:
    """Where `generator` draws."""
    return next(generator.parameters()).device


def moved(codes: Tensor, direction: Tensor, distance: float, layers: Sequence[int]) -> Tensor:
    """`codes`, each moved by `distance` along `direction` (code size,).

    codes: (n, code size); or (n, code layers, code size), of which only `layers` are moved, all by the same vector.
    """
    step = distance * direction.to(codes)
    if codes.ndim == 2:
        return codes + step
    codes = codes.clone()
    codes[:, list(layers)] += step
    return codes


def batches(generator: Generator, codes: Tensor) -> Iterator[Tensor]:
    """The samples of `codes` (or of latents) in order, a batch at a time, on the generator's device.

    A batch has 256 samples; fewer if these have more than 2^20 numbers in all, but one at least.
    """
    device, size = device_of(generator), max(1, min(BATCH, BATCH_NUMBERS // math.prod(generator.sample_shape)))
    for part in codes.split(size):
        yield generator.sample(part.to(device))


def as_bytes(images: Tensor, most: int) -> NDArray[np.uint8]:
    """Images (n, c, h, w) in [-1, 1] as bytes (n, h', w', c), as `to_uint8` maps them.

    Images of more than `most` pixels a side are averaged down to `most`.
    """
    images = images.float().cpu()
    if images.shape[-1] > most:
        images = F.interpolate(images, size=(most, most), mode="area")
    return to_uint8(images).transpose(0, 2, 3, 1)


def traverse(
    generator: Generator,
    codes: Tensor,
    direction: Tensor,
    distances: Sequence[float],
    layers: Sequence[int],
    *,
    most: int,
    drawn: Callable[[int], object] = lambda count: None,
) -> NDArray[np.uint8]:
    """Draw `codes` at every distance along `direction`; layers: as in `moved`.

    Returns the images in bytes, (samples, distances, side, side, channels), 1 or 3 channels.

    A generator may normalize images by their batch, so each distance has batches of its own. most: the most pixels a
    side that an image keeps; larger ones are averaged down. drawn: called with the number of images after each batch.
    """
    columns = []
    for distance in distances:
        column = []
        for images in batches(generator, moved(codes, direction, distance, layers)):
            column.append(as_bytes(images, most))
            drawn(len(images))
        columns.append(np.concatenate(column))
    return np.stack(columns, 1)


def layer_numbers(text: str, count: int) -> list[int]:
    """The layers that `text` names, ascending: "all", or numbers and ranges such as "0-1" or "0-1,3".

    count: how many layers there are; they are numbered from 0. Raises `UserError` for other layers.
    """
    if text == ALL:
        return list(range(count))
    numbers: set[int] = set()
    for part in text.split(","):
        first, last = (int(number) for number in (part.split("-") * 2)[:2])
        if not first <= last < count:
            raise UserError(f"layers has {part!r}; the generator's layers are 0 to {count - 1}, ranges ascend")
        numbers.update(range(first, last + 1))
    return sorted(numbers)


def described(text: str) -> str:
    """The layers that `text` names, in words: "all layers", "layer 3", "layers 0-1,3"."""
    if text == ALL:
        return "all layers"
    return f"layer{'' if text.isdigit() else 's'} {text}"
