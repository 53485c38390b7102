"""A trained generator in the hands of a notebook or a script: what `saddle.load` gives."""

import math
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from saddle.core.network import Generator
from saddle.core.process import choose_device
from saddle.core.randomness import torch_rng
from saddle.errors import UserError, reason, shown
from saddle.sefa.factorization import factorize
from saddle.sefa.layouts import read_generator
from saddle.sefa.traversal import batches, device_of, moved

# Numbers in all samples and their latents: half a gigabyte.
MOST_NUMBERS = 2**27
MOST_SEEDS = 2**32
DEVICES = r"auto|cpu|cuda(:\d+)?|mps"


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator that draws NumPy arrays.

    facts: what its file says of its training, such as data set, variant, objective and seed; empty for a generator that
    others published.
    """

    generator: Generator
    facts: Mapping[str, Any]

    @property
    def latent_dim(self) -> int:
        """How many numbers a latent vector has."""
        return self.generator.latent_dim

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample: (2,) for points, (channels, height, width) for images."""
        return self.generator.sample_shape

    @property
    def most_samples(self) -> int:
        """How many samples are drawn at most, so that they and their latents fit into memory."""
        return MOST_NUMBERS // (self.latent_dim + math.prod(self.sample_shape))

    def latents(self, count: int, seed: int = 0) -> NDArray[np.float32]:
        """The latent vectors (count, latent_dim) of what `sample` draws for the same arguments.

        They are drawn one by one, so that asking for more samples begins with the same ones (where a generator
        normalizes by its batch, with the same latents and nearly the same samples). Raises `UserError` if count is
        below 1 or too large for memory, or seed is not in 0 to 2^32 - 1.
        """
        if not (_is_whole(count) and 1 <= count <= self.most_samples):
            raise UserError(f"count is {shown(count)}; allowed: 1 to {self.most_samples:,} of this model's samples")
        if not (_is_whole(seed) and 0 <= seed < MOST_SEEDS):
            raise UserError(f"seed is {shown(seed)}; allowed: 0 to {MOST_SEEDS - 1}")
        rng = torch_rng(seed, "sample latents")
        latents = torch.empty(count, self.latent_dim)
        for latent in latents:
            latent.normal_(generator=rng)
        return latents.numpy()

    def sample(self, count: int, seed: int = 0) -> NDArray[np.floating]:
        """`count` random samples (count, *sample_shape), the same ones that `saddle sample` draws with this seed.

        Points are in the units of the data, images in about [-1, 1]. Raises `UserError` as `latents`.
        """
        return self.generate(self.latents(count, seed))

    def generate(self, latents: ArrayLike) -> NDArray[np.floating]:
        """The samples (n, *sample_shape) of `latents` (n, latent_dim).

        Raises `UserError` for latents of another shape, or with something else than finite numbers in them.
        """
        return _drawn(self.generator, _vectors(latents, self.latent_dim, "latents")).numpy()

    def directions(self, count: int) -> NDArray[np.float32]:
        """The `count` directions (count, code size) that change samples most, the strongest first (SeFa).

        Each has length 1 and is orthogonal to the others. Shen and Zhou, Closed-Form Factorization of Latent Semantics
        in GANs, 2021. Raises `UserError` if count is below 1 or above the size of a latent vector, and for a generator
        that begins with no linear layer.
        """
        weight = self.generator.first_layer()
        if not (_is_whole(count) and 1 <= count <= len(weight)):
            raise UserError(f"count is {shown(count)}; allowed: 1 to {len(weight)}, the generator's latent size")
        return factorize(weight).directions[:count].float().numpy()

    def move(self, latents: ArrayLike, direction: ArrayLike, distances: Sequence[float]) -> NDArray[np.floating]:
        """What the samples of `latents` (n, latent_dim) become along `direction` (code size,), at each of `distances`.

        direction: one of `directions`, or any other. Gives (n, len(distances), *sample_shape); at distance 0 that is
        `generate(latents)`. What is moved is the latent vector; in ProGAN the normalized one; in StyleGAN and
        StyleGAN2 the codes of all layers. Raises `UserError` for arguments of other shapes, or that are not finite.
        """
        starts = _vectors(latents, self.latent_dim, "latents").to(device_of(self.generator))
        codes = self.generator.codes(starts).cpu()
        along = _numbers(direction, "direction")
        if along.shape != codes.shape[-1:]:
            raise UserError(f"direction: an array of shape {along.shape}; allowed: {codes.shape[-1]} numbers")
        steps = _numbers(distances, "distances")
        if steps.ndim != 1 or not len(steps):
            raise UserError(f"distances: an array of shape {steps.shape}; allowed: a list of at least one number")
        # A generator may normalize samples by their batch: each distance has the batches that `generate` draws.
        vector, layers = torch.tensor(along), range(self.generator.code_layers)
        each = [_drawn(self.generator, moved(codes, vector, distance, layers)) for distance in steps.tolist()]
        return torch.stack(each, 1).numpy()


def load_generator(model: str | Path | IO[bytes], device: str) -> TrainedGenerator:
    """The generator in `model`, which draws on `device`; see `saddle.load`."""
    if not (isinstance(device, str) and re.fullmatch(DEVICES, device)):
        raise UserError(f"device is {shown(device)}; allowed: auto, cpu, cuda, cuda:N, mps")
    where = choose_device(device)
    if isinstance(model, str | Path):
        return TrainedGenerator(*read_generator(model, where)[:2])
    name = str(getattr(model, "name", "") or "the open file")
    try:
        start = model.read(1)
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{name}: cannot be read ({reason(error)})") from None
    if not isinstance(start, bytes):
        raise UserError(f'{name}: opened as text; open it with mode="rb"')
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        with path.open("wb") as copy:
            copy.write(start)
            shutil.copyfileobj(model, copy)
        try:
            return TrainedGenerator(*read_generator(path, where)[:2])
        except UserError as error:
            raise UserError(str(error).replace(str(path), name)) from None


def _numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """`values` as an array. Raises `UserError` if they are no finite numbers."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{name}: found {shown(values)}; allowed: an array of numbers") from None
    if not np.isfinite(array).all():
        raise UserError(f"{name}: NaN or infinity among the numbers; allowed: finite ones")
    return array


def _vectors(values: ArrayLike, size: int, name: str) -> Tensor:
    """`values` as float32 vectors (n, size). Raises `UserError` if they are something else."""
    array = _numbers(values, name)
    if array.ndim != 2 or array.shape[1] != size or not len(array):
        raise UserError(f"{name}: an array of shape {array.shape}; allowed: rows of {size} numbers")
    return torch.tensor(array, dtype=torch.float32)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _drawn(generator: Generator, latents: Tensor) -> Tensor:
    """The samples (n, *sample_shape) of `latents`, or of other codes that `generator` takes, on the CPU.

    Samples are float32; float64 where they are points on a scale of their own, which float32 may not resolve.
    """
    samples, start = torch.empty(0), 0
    for drawn in batches(generator, latents):
        if start == 0:
            kind = torch.promote_types(drawn.dtype, torch.float32)
            samples = torch.empty(len(latents), *generator.sample_shape, dtype=kind)
        samples[start : start + len(drawn)] = drawn
        start += len(drawn)
    return samples
