"""Text and tiles on strips and films: what both are drawn with."""

import math
from functools import cache
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

PAPER = 255
INK = 34
FAINT = 118


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at `size` pixels: it comes with Matplotlib, so it is the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)


def canvas(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Blank paper, (height, width, channels)."""
    return np.full((height, width, channels), PAPER, np.uint8)


def write_text(
    target: NDArray[np.uint8],
    x: float,
    y: float,
    text: str,
    size: int,
    *,
    anchor: str,
    ink: int = INK,
    bold: bool = False,
) -> None:
    """Write `text` into `target` (h, w, c), in grey; `anchor` says, as in Pillow, what of the text is at x, y."""
    image = as_picture(target)
    fill = ink if image.mode == "L" else (ink, ink, ink)
    ImageDraw.Draw(image).text((x, y), text, fill=fill, font=font(size, bold), anchor=anchor)
    target[:] = np.asarray(image).reshape(target.shape)


def fitted_text(text: str, size: int, width: float, bold: bool = False) -> str:
    """`text`, cut short with an ellipsis where it is wider than `width` pixels."""
    if font(size, bold).getlength(text) <= width:
        return text
    while text and font(size, bold).getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def as_picture(image: NDArray[np.uint8]) -> Image.Image:
    """An array (h, w, 1 or 3) as a picture of Pillow's, grey or RGB."""
    return Image.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image))


def resized(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A square image (h, h, c) at `side` pixels: averaged where it shrinks, plain squares where it grows."""
    if side == len(image):
        return image
    how = Image.Resampling.NEAREST if side > len(image) else Image.Resampling.BOX
    return np.asarray(as_picture(image).resize((side, side), how)).reshape(side, side, -1)


def distance_labels(distances: list[float]) -> list[str]:
    """Distances with sign and a real minus, as in "+1.2", "−3.0", "0.0"; decimals enough to tell neighbours apart."""
    gaps = [after - before for before, after in pairwise(distances)]
    decimals = max([1, *(math.ceil(-math.log10(gap)) for gap in gaps)])
    return [_signed(round(distance, decimals), decimals) for distance in distances]


def _signed(distance: float, decimals: int) -> str:
    return f"{distance:+.{decimals}f}".replace("-", "−") if distance else f"{0:.{decimals}f}"
