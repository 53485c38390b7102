"""A running training as one SVG: its curves, and its newest samples. Written by hand, since it must cost no time."""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rows = Sequence[Mapping[str, float]]

WIDTH, HEIGHT = 900, 300
SIDE = 200  # of the square with the samples, and the height of the curves
# Longer logs are thinned out: no screen shows more.
MOST_PLACES, MOST_POINTS = 300, 600
# Okabe and Ito's blue and vermilion, as in all pictures here.
REAL, GENERATED = "#0072B2", "#D55E00"
# The two charts, and what they show: a name of the log, and its colour.
CHARTS = (
    ("losses", (("d_loss", REAL), ("g_loss", GENERATED))),
    ("D(x) and D(G(z))", (("d_real", REAL), ("d_fake", GENERATED))),
)


def drawing(title: str, log: Rows, newest: NDArray[np.floating]) -> str:
    """An SVG of `log`, rows with the columns of a training, and of samples: points (n, 2) or images (n, c, h, w)."""
    shown = log[:: 1 + len(log) // MOST_PLACES]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="20" y="28" font-size="17">{escape(title)}</text>',
    ]
    for index, (name, lines) in enumerate(CHARTS):
        parts.append(_chart(20 + index * 330, 60, 290, SIDE, name, lines, shown))
    parts.append(_points(newest, 680, 60) if newest.ndim == 2 else _images(newest, 680, 60))
    return "\n".join([*parts, "</svg>\n"])


def _chart(
    left: float, top: float, width: float, height: float, name: str, lines: Sequence[tuple[str, str]], log: Rows
) -> str:
    """One chart: a line for each of `lines`, the least and the largest value and the last epoch in figures."""
    values = [row[key] for row in log for key, _ in lines]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    extent = (high - low) or 1.0
    last = log[-1]["epoch"] if log else 0.0
    parts = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#bbb"/>',
        f'<text x="{left}" y="{top - 8}">{escape(name)}: {low:.3g} to {high:.3g}</text>',
        f'<text x="{left + width}" y="{top + height + 18}" text-anchor="end">epoch {last:.4g}</text>',
    ]
    for place, (key, colour) in enumerate(lines):
        places = " ".join(
            f"{left + width * row['epoch'] / (last or 1):.1f},{top + height * (high - row[key]) / extent:.1f}"
            for row in log
        )
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + 70 * place}" y="{top + height + 18}" fill="{colour}">{key}</text>')
    return "\n".join(parts)


def _points(points: NDArray[np.floating], left: float, top: float) -> str:
    """Points (n, 2) in a square, which has the same scale both ways."""
    shown = np.asarray(points[:MOST_POINTS], np.float64)
    low, high = shown.min(axis=0), shown.max(axis=0)
    scale = (SIDE - 10) / (float((high - low).max()) or 1.0)
    x, y = (shown - (low + high) / 2).T * scale
    dots = "".join(
        f'<circle cx="{left + SIDE / 2 + across:.1f}" cy="{top + SIDE / 2 - up:.1f}" r="1.5"/>'
        for across, up in zip(x, y, strict=True)
    )
    frame = f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#bbb"/>'
    return f'<text x="{left}" y="{top - 8}">newest points</text>{frame}<g fill="{GENERATED}">{dots}</g>'


def _images(images: NDArray[np.floating], left: float, top: float) -> str:
    """Images (n, c, h, w) in [-1, 1], as many as fill a square grid, embedded as PNG."""
    side = math.isqrt(len(images))
    _, channels, height, width = images.shape
    tiles = images[: side**2].reshape(side, side, channels, height, width).transpose(0, 3, 1, 4, 2)
    mosaic = (tiles.reshape(side * height, side * width, channels).clip(-1, 1) * 127.5 + 127.5).astype(np.uint8)
    picture = Image.fromarray(mosaic if channels == 3 else mosaic[:, :, 0])
    data = io.BytesIO()
    picture.save(data, format="png")
    return (
        f'<text x="{left}" y="{top - 8}">newest samples</text><image x="{left}" y="{top}" width="{SIDE}" '
        f'height="{SIDE}" style="image-rendering: pixelated" '
        f'href="data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"/>'
    )
