"""`saddle sample MODEL`: draw samples from a trained model file, as a picture or as numbers."""

import argparse
import math
import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.commands.trained import MOST_SEEDS, TrainedGenerator, load_generator
from saddle.core.files import write_arrays
from saddle.errors import UserError, shown
from saddle.rendering.images import GAP, grid
from saddle.rendering.points import scatter
from saddle.rendering.shared.figures import to_uint8, write_figure, write_image

# Pixels of a picture of images; points in one of points.
MOST_PIXELS, MOST_POINTS = 10**8, 10**6
# Small images are enlarged to about this many pixels a side; larger ones are shown as they are.
SHOWN_SIDE = 84


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="a model file, or a checkpoint that others published")
    parser.add_argument("--n", type=int, default=25, help="how many samples (default: 25)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bytes (default: 0)")
    picture = "a picture: a grid of images, or a scatter of points (default: MODEL.png here, unless --npz is given)"
    parser.add_argument("--out", metavar="FILE.png", help=picture)
    parser.add_argument("--npz", metavar="FILE.npz", help="the samples and their latents as arrays")


def run(arguments: argparse.Namespace) -> None:
    """Write what the arguments ask for: if they name no file, a picture in this folder, called as the model is.

    It is not written beside the model, whose folder may be an output of DVC. Raises `UserError` if the model file is
    none, or an argument is out of range.
    """
    if arguments.n < 1:
        raise UserError(f"--n is {shown(arguments.n)}; it must be at least 1")
    if not 0 <= arguments.seed < MOST_SEEDS:
        raise UserError(f"--seed is {shown(arguments.seed)}; it must be from 0 to {MOST_SEEDS - 1}")
    out = arguments.out if arguments.out or arguments.npz else f"{Path(arguments.model).stem}.png"
    for option, path, suffix in (("--out", out, ".png"), ("--npz", arguments.npz, ".npz")):
        if path:
            _check_output(option, Path(path), suffix, Path(arguments.model))
    model = load_generator(arguments.model, "cpu")
    _check_count(arguments.n, model, bool(out), arguments.model)
    latents = model.latents(arguments.n, arguments.seed)
    samples = model.generate(latents)
    if not np.isfinite(samples).all():
        raise UserError(f"{arguments.model}: draws samples with NaN or infinity")
    if arguments.npz:
        write_arrays(arguments.npz, {"latents": latents, "samples": samples})
    if out:
        write_picture(out, samples)
        if not arguments.out:
            print(f"{out}: {arguments.n} samples")


def _check_output(option: str, path: Path, suffix: str, model: Path) -> None:
    """Raise `UserError` unless a file can be written at `path`, as far as that is known beforehand."""
    if path.suffix.lower() != suffix:
        raise UserError(f"{option} is {path}; its name must end in {suffix}")
    if path.exists() and model.exists() and path.samefile(model):
        raise UserError(f"{option} is {path}, which is the model file; name another")
    if path.exists() and not path.is_file():
        raise UserError(f"{option} is {path}, which is there and no file; name another")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{option} is {path}; nothing can be written into {folder}")


def _check_count(count: int, model: TrainedGenerator, picture: bool, path: str) -> None:
    """Raise `UserError` if so many samples fit into no memory or picture, or the picture can show none of them."""
    shape = model.sample_shape
    if picture and shape != (2,) and (len(shape) != 3 or shape[0] not in (1, 3)):
        raise UserError(
            f"{path}: its samples have the shape {shape}; --out draws points (2,) and images of 1 or 3 channels, "
            "--npz takes any"
        )
    drawn = _most_drawn(shape) if picture else model.most_samples
    most = min(model.most_samples, drawn)
    if count > most:
        where = "a picture" if drawn < model.most_samples else "memory"
        raise UserError(f"--n is {shown(count)}; {where} holds at most {most:,} of this model's samples")


def _most_drawn(shape: tuple[int, ...]) -> int:
    """How many samples of `shape` a picture can hold."""
    if len(shape) == 1:
        return MOST_POINTS
    _, height, width = shape
    tile = (height * _scale(width) + GAP) * (width * _scale(width) + GAP)
    return math.isqrt(MOST_PIXELS // tile) ** 2


def write_picture(path: str | Path, samples: NDArray[np.floating]) -> None:
    """Points (n, 2) as a scatter; images (n, channels, height, width) as a grid, near to square."""
    if samples.ndim == 2:
        write_figure(path, scatter(samples))
        return
    images, columns = to_uint8(torch.from_numpy(samples)), math.ceil(math.sqrt(len(samples)))
    picture = grid(images, columns=columns, scale=_scale(samples.shape[-1]))
    write_image(path, np.ascontiguousarray(picture))


def _scale(width: int) -> int:
    return max(1, SHOWN_SIDE // width)
