"""Animated GIFs."""

from collections.abc import Iterable
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saddle.files import replacing

COLOURS = 64


def write_gif(
    path: str | Path, frames: Iterable[NDArray[np.uint8]], *, seconds: float = 0.15, last_seconds: float = 2.0
) -> None:
    """Write `frames`, each (height, width, 3) of one size, as a GIF that runs for ever and rests on the last.

    seconds, last_seconds: how long a frame is shown. All frames share a palette of 64 colours made from the
    first and the last, without dithering: flat areas stay flat, so the file stays small. Equal frames give equal
    bytes. Raises `ValueError` if there is no frame.
    """
    images = [Image.fromarray(frame) for frame in frames]
    if not images:
        raise ValueError("a GIF needs at least one frame")
    both = Image.fromarray(np.concatenate([np.asarray(images[0]), np.asarray(images[-1])]))
    palette = both.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    flat = [image.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB") for image in images]
    durations = [round(seconds * 1000)] * (len(flat) - 1) + [round(last_seconds * 1000)]
    with replacing(path) as part:
        iio.imwrite(part, [np.asarray(image) for image in flat], extension=".gif", duration=durations, loop=0)
