"""What can be seen of a training while it runs: `index.html` with a drawing of each, and each one's log as CSV.

A drawing is one SVG with the curves and the newest samples, written by hand, since it must cost no time.
"""

import base64
import csv
import io
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saddle.core.files import replacing

REFRESH = 5  # seconds between two looks of the page at its drawings
# So that a slow disk or a busy machine costs the training no more than this share of its time.
LARGEST_SHARE = 0.005

Rows = Sequence[Mapping[str, float]]

WIDTH, HEIGHT = 900, 300
TOP = 60  # of the charts and of the samples
CHART = 290  # the width of a chart
SIDE, LEFT = 200, 680  # of the square with the samples; the charts are as high
# Longer logs are thinned out: no screen shows more.
MOST_PLACES, MOST_POINTS = 300, 600
# Okabe and Ito's blue and vermilion, as in all pictures here.
REAL, GENERATED = "#0072B2", "#D55E00"
# The two charts, and what they show: a name of the log, and its colour.
CHARTS = (
    ("losses", (("d_loss", REAL), ("g_loss", GENERATED))),
    ("D(x) and D(G(z))", (("d_real", REAL), ("d_fake", GENERATED))),
)


@dataclass
class LivePage:
    """One training's part of the page in `folder`.

    name: of the training, such as "points/gan"; its files are called so. seconds: at least so many pass between two
    looks, and more where looking takes long.
    """

    folder: Path
    name: str
    seconds: float
    _next: float = 0.0
    _failed: bool = False

    def __call__(self, log: Rows, newest: NDArray[np.floating], step: int, steps: int) -> None:
        """Write how far the training is, if it is time: its log so far, its newest samples, and its step of `steps`.

        Where that cannot be written, on a full disk say, a line on stderr says so, and the training goes on unwatched.
        """
        begin = time.monotonic()
        if self._failed or (begin < self._next and step < steps):
            return
        try:
            self._write(log, newest, f"{self.name}, step {step} of {steps}")
        except OSError as error:
            self._failed = True
            print(f"{self.name}: can no longer be watched ({error})", file=sys.stderr)
        end = time.monotonic()
        self._next = end + max(self.seconds, (end - begin) / LARGEST_SHARE)

    def _write(self, log: Rows, newest: NDArray[np.floating], title: str) -> None:
        with replacing(self.folder / f"{self.name}.svg") as part:
            part.write_text(drawing(title, log, newest), encoding="utf-8")
        with replacing(self.folder / f"{self.name}.csv") as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, log[0].keys() if log else ["step"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(log)
        _write_index(self.folder)


def live_page(folder: Path, name: str, seconds: float | None) -> LivePage | None:
    """The part of the training `name`; None where `seconds` is None."""
    return None if seconds is None else LivePage(folder, name, seconds)


def _write_index(folder: Path) -> None:
    """The page with all drawings in `folder`, the newest first."""
    drawings = sorted(folder.rglob("*.svg"), key=lambda path: -path.stat().st_mtime)
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in drawings]
    pictures = "\n".join(f'<img src="{escape(name)}.svg" alt="{escape(name)}">' for name in names)
    with replacing(folder / "index.html") as part:
        part.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Trainings</title>\n'
            f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{REFRESH}">\n'
            "<style>img { display: block; width: 100%; max-width: 900px; margin: 8px auto; border: 1px solid #ddd }"
            f"</style>\n{pictures}\n</html>\n",
            encoding="utf-8",
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
        parts.append(_chart(20 + index * 330, name, lines, shown))
    parts.append(f'<text x="{LEFT}" y="{TOP - 8}">newest samples</text>')
    parts.append(_points(newest) if newest.ndim == 2 else _images(newest))
    return "\n".join([*parts, "</svg>\n"])


def _chart(left: int, name: str, lines: Sequence[tuple[str, str]], log: Rows) -> str:
    """One chart: a line for each of `lines`, the least and the largest value and the last epoch in figures."""
    values = [row[key] for row in log for key, _ in lines]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    extent = (high - low) or 1.0
    last = log[-1]["epoch"] if log else 0.0
    parts = [
        f'<rect x="{left}" y="{TOP}" width="{CHART}" height="{SIDE}" fill="none" stroke="#bbb"/>',
        f'<text x="{left}" y="{TOP - 8}">{escape(name)}: {low:.3g} to {high:.3g}</text>',
        f'<text x="{left + CHART}" y="{TOP + SIDE + 18}" text-anchor="end">epoch {last:.4g}</text>',
    ]
    for place, (key, colour) in enumerate(lines):
        places = " ".join(
            f"{left + CHART * row['epoch'] / (last or 1):.1f},{TOP + SIDE * (high - row[key]) / extent:.1f}"
            for row in log
        )
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + 70 * place}" y="{TOP + SIDE + 18}" fill="{colour}">{key}</text>')
    return "\n".join(parts)


def _points(points: NDArray[np.floating]) -> str:
    """Points (n, 2) in a square, which has the same scale both ways."""
    shown = np.asarray(points[:MOST_POINTS], np.float64)
    low, high = shown.min(axis=0), shown.max(axis=0)
    scale = (SIDE - 10) / (float((high - low).max()) or 1.0)
    places = (shown - (low + high) / 2) * (scale, -scale) + (LEFT + SIDE / 2, TOP + SIDE / 2)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5"/>' for x, y in places)
    frame = f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#bbb"/>'
    return f'{frame}<g fill="{GENERATED}">{dots}</g>'


def _images(images: NDArray[np.floating]) -> str:
    """Images (n, c, h, w) in [-1, 1], as many as fill a square grid, embedded as PNG."""
    side = math.isqrt(len(images))
    _, channels, height, width = images.shape
    tiles = images[: side**2].reshape(side, side, channels, height, width).transpose(0, 3, 1, 4, 2)
    mosaic = (tiles.reshape(side * height, side * width, channels).clip(-1, 1) * 127.5 + 127.5).astype(np.uint8)
    picture = Image.fromarray(mosaic if channels == 3 else mosaic[:, :, 0])
    data = io.BytesIO()
    picture.save(data, format="png")
    return (
        f'<image x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" style="image-rendering: pixelated" '
        f'href="data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"/>'
    )
