"""`python -m saddle sample MODEL`: draw samples from a trained model file, as a picture or as numbers."""

import argparse
import math
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch

from saddle.core.model_file import load_model
from saddle.core.network import Generator
from saddle.core.randomness import torch_rng
from saddle.errors import UserError
from saddle.files import replacing, write_arrays
from saddle.rendering.images.grids import grid
from saddle.rendering.points.film import scatter
from saddle.rendering.shared.figures import write_figure
from saddle.rendering.shared.pixels import to_uint8

BATCH = 256
# Small images are enlarged to about this many pixels a side; larger ones are shown as they are.
SHOWN_SIDE = 84
MOST_SEEDS = 2**32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="a model file, such as data/models/mnist/dcgan.safetensors")
    parser.add_argument("--n", type=int, default=25, help="how many samples (default: 25)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bytes (default: 0)")
    parser.add_argument("--out", metavar="FILE.png", help="a picture: a grid of images, or a scatter of points")
    parser.add_argument("--npz", metavar="FILE.npz", help="the samples and their latents as arrays")


def run(arguments: argparse.Namespace) -> None:
    """Write what the arguments ask for.

    Raises `UserError` if the model file is none, an argument is out of range, or nothing is to be written.
    """
    if arguments.n < 1:
        raise UserError(f"--n is {arguments.n}; it must be at least 1")
    if not 0 <= arguments.seed < MOST_SEEDS:
        raise UserError(f"--seed is {arguments.seed}; it must be from 0 to {MOST_SEEDS - 1}")
    if not arguments.out and not arguments.npz:
        raise UserError("nothing to write; give --out FILE.png, --npz FILE.npz or both")
    for option, path, suffix in (("--out", arguments.out, ".png"), ("--npz", arguments.npz, ".npz")):
        if path and Path(path).suffix.lower() != suffix:
            raise UserError(f"{option} is {path}; its name must end in {suffix}")
    generator: Generator = load_model(arguments.model, ("generator",))["generator"]
    latents, samples = draw(generator, arguments.n, arguments.seed)
    if arguments.npz:
        write_arrays(arguments.npz, {"latents": latents.numpy(), "samples": samples.numpy()})
    if arguments.out:
        write_picture(arguments.out, samples)


def draw(generator: Generator, count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`count` latents (count, latent_dim) from `seed`, and their samples (count, *sample_shape), float32.

    Latents are drawn one by one, so that asking for more samples begins with the same ones (where a generator
    normalizes by its batch, with the same latents and nearly the same samples).
    """
    rng = torch_rng(seed, "sample latents")
    latents = torch.stack([torch.randn(generator.latent_dim, generator=rng) for _ in range(count)])
    samples = torch.cat([generator.sample(part).float() for part in latents.split(BATCH)])
    return latents, samples


def write_picture(path: str | Path, samples: torch.Tensor) -> None:
    """Points (n, 2) as a scatter; images (n, channels, height, width) as a grid, near to square."""
    if samples.ndim == 2:
        write_figure(path, scatter(samples.numpy()))
        return
    scale = max(1, SHOWN_SIDE // samples.shape[-1])
    picture = grid(to_uint8(samples), columns=math.ceil(math.sqrt(len(samples))), scale=scale)
    with replacing(path) as part:
        iio.imwrite(part, np.ascontiguousarray(picture))
