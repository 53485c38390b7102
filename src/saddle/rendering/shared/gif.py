"""Animated GIFs."""

from collections.abc import Iterable
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saddle.files import replacing

COLOURS = 128
# Frames that the palette is made from: the first, the last and others between them.
LOOKED_AT = 5


def write_gif(
    path: str | Path, frames: Iterable[NDArray[np.uint8]], *, seconds: float = 0.15, last_seconds: float = 2.0
) -> None:
    """Write `frames`, each (height, width, 3) of one size, as a GIF that runs for ever and rests on the last.

    seconds, last_seconds: how long a frame is shown. All frames share a palette of their 128 most frequent colours,
    without dithering: flat areas keep their very colour, so the file stays small. Equal frames give equal bytes. Raises
    `ValueError` if there is no frame.
    """
    images = [Image.fromarray(frame) for frame in frames]
    if not images:
        raise ValueError("a GIF needs at least one frame")
    palette = Image.new("P", (1, 1))
    palette.putpalette(_frequent_colours(images).tobytes())
    flat = [image.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB") for image in images]
    durations = [round(seconds * 1000)] * (len(flat) - 1) + [round(last_seconds * 1000)]
    with replacing(path) as part:
        iio.imwrite(part, [np.asarray(image) for image in flat], extension=".gif", duration=durations, loop=0)


def _frequent_colours(images: list[Image.Image]) -> NDArray[np.uint8]:
    """The most frequent colours of a few frames, (at most 128, 3), most frequent first."""
    chosen = np.unique(np.linspace(0, len(images) - 1, LOOKED_AT).round().astype(int))
    pixels = np.concatenate([np.asarray(images[index]).reshape(-1, 3) for index in chosen])
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    return colours[np.argsort(-counts, kind="stable")[:COLOURS]]
