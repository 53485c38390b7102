"""Text and images as strips and films show them."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saddle.rendering.shared.fonts import font

PAPER = 255
INK = 34
FAINT = 118


def canvas(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Blank paper, (height, width, channels)."""
    return np.full((height, width, channels), PAPER, np.uint8)


def write_text(
    target: NDArray[np.uint8],
    at: tuple[float, float],
    text: str,
    size: int,
    *,
    anchor: str,
    ink: int = INK,
    bold: bool = False,
) -> None:
    """Write `text` into `target` (h, w, c), in grey.

    at: x and y in pixels. anchor: which point of the text lies there, as Pillow writes it ("la" is the top left).
    size: pixels. ink: 0 is black, 255 white.
    """
    image = as_picture(target)
    fill = ink if image.mode == "L" else (ink, ink, ink)
    ImageDraw.Draw(image).text(at, text, fill=fill, font=font(size, bold), anchor=anchor)
    target[:] = np.asarray(image).reshape(target.shape)


def fitted_text(text: str, size: int, width: float, bold: bool = False) -> str:
    """`text`; if it is wider than `width` pixels, as much of it as fits before an ellipsis."""
    if font(size, bold).getlength(text) <= width:
        return text
    while text and font(size, bold).getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def as_picture(image: NDArray[np.uint8]) -> Image.Image:
    """An array (h, w, 1 or 3) as a Pillow image, grey or RGB."""
    return Image.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image))


def resized(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A square image (h, h, c) at `side` pixels: averaged to shrink, its pixels repeated to grow."""
    if side == len(image):
        return image
    how = Image.Resampling.NEAREST if side > len(image) else Image.Resampling.BOX
    return np.asarray(as_picture(image).resize((side, side), how)).reshape(side, side, -1)


def distance_labels(distances: list[float]) -> list[str]:
    """Distances with their sign, such as "+1.2", "−3.0" and "0.0", with enough decimals to tell neighbours apart."""
    gaps = [after - before for before, after in pairwise(distances)]
    decimals = max([1, *(math.ceil(-math.log10(gap)) for gap in gaps)])
    return [_signed(round(distance, decimals), decimals) for distance in distances]


def _signed(distance: float, decimals: int) -> str:
    return f"{distance:+.{decimals}f}".replace("-", "−") if distance else f"{0:.{decimals}f}"
