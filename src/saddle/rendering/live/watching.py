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

# Of one drawing: as wide as a telephone, where its letters must be readable; on larger screens several stand in a row.
WIDTH, HEIGHT = 390, 640
LEFT, CHART_WIDTH, CHART_HEIGHT = 52, 322, 140  # of the charts
TOPS, SAMPLES_TOP = (84, 276), 460
SIDE = 170  # of the samples
# Longer logs are thinned out: no screen shows more.
MOST_PLACES, MOST_POINTS = 300, 600
# Okabe and Ito's blue and vermilion, as in all pictures here, and a dark shade of their green.
REAL, GENERATED, FINISHED = "#0072B2", "#D55E00", "#007a5a"
# The two charts, and what they show: a name of the log, and its colour.
CHARTS = (
    ("losses by epoch", (("d_loss", REAL), ("g_loss", GENERATED))),
    ("scores by epoch", (("d_real", REAL), ("d_fake", GENERATED))),
)


@dataclass
class LivePage:
    """One training's part of the page in `folder`.

    name: of the training, such as "points/gan"; its files are called so. seconds: at least so many pass between two
    looks, and more where looking takes long. real: points (n, 2) that the generated ones should look like.
    """

    folder: Path
    name: str
    seconds: float
    real: NDArray[np.floating] | None = None
    _next: float = 0.0
    _failed: bool = False
    _begun: tuple[float, int] | None = None

    def __call__(self, log: Rows, newest: NDArray[np.floating], step: int, steps: int) -> None:
        """Write how far the training is, if it is time: its log so far, its newest samples, and its step of `steps`.

        Where that cannot be written, on a full disk say, a line on stderr says so, and the training goes on unwatched.
        """
        begin = time.monotonic()
        self._begun = self._begun or (begin, step)
        if self._failed or (begin < self._next and step < steps):
            return
        try:
            self._write(log, newest, progress(step, steps, step - self._begun[1], begin - self._begun[0]))
        except OSError as error:
            self._failed = True
            print(f"{self.name}: can no longer be watched ({error})", file=sys.stderr)
        end = time.monotonic()
        self._next = end + max(self.seconds, (end - begin) / LARGEST_SHARE)

    def _write(self, log: Rows, newest: NDArray[np.floating], state: str) -> None:
        with replacing(self.folder / f"{self.name}.svg") as part:
            part.write_text(drawing(self.name, state, log, newest, self.real), encoding="utf-8")
        with replacing(self.folder / f"{self.name}.csv") as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, log[0].keys() if log else ["step"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(log)
        _write_index(self.folder)


def live_page(
    folder: Path, name: str, seconds: float | None, real: NDArray[np.floating] | None = None
) -> LivePage | None:
    """The part of the training `name`; None where `seconds` is None. real: as for `LivePage`."""
    return None if seconds is None else LivePage(folder, name, seconds, real)


def progress(step: int, steps: int, done: int, seconds: float) -> str:
    """How far a training is that took `seconds` for its last `done` steps: with its speed and the time left."""
    if step >= steps:
        return f"finished, {steps:,} steps"
    text = f"step {step:,} of {steps:,}"
    if not (done and seconds):
        return text
    minutes, rest = divmod(round((steps - step) * seconds / done), 60)
    return f"{text}, {done / seconds:.3g} a second, {minutes}:{rest:02} left"


def _write_index(folder: Path) -> None:
    """The page with all drawings in `folder`, the newest first."""
    drawings = sorted(folder.rglob("*.svg"), key=lambda path: -path.stat().st_mtime)
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in drawings]
    pictures = "\n".join(f'<img src="{escape(name)}.svg" alt="{escape(name)}">' for name in names)
    with replacing(folder / "index.html") as part:
        part.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Trainings</title>\n'
            f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{REFRESH}">\n'
            f"<style>body {{ margin: 0 }} img {{ width: 100%; max-width: {WIDTH}px }}</style>\n{pictures}\n</html>\n",
            encoding="utf-8",
        )


def drawing(
    title: str, state: str, log: Rows, newest: NDArray[np.floating], real: NDArray[np.floating] | None = None
) -> str:
    """An SVG of `log`, rows with the columns of a training, and of samples: points (n, 2) or images (n, c, h, w).

    state: the line below the title. real: as for `LivePage`.
    """
    shown = log[:: 1 + len(log) // MOST_PLACES]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="12" y="26" font-size="17">{escape(title)}</text>',
        f'<text x="12" y="48" fill="{FINISHED if state.startswith("finished") else "black"}">{escape(state)}</text>',
    ]
    parts += [_chart(top, name, lines, shown) for top, (name, lines) in zip(TOPS, CHARTS, strict=True)]
    parts.append(f'<text x="{LEFT}" y="{SAMPLES_TOP - 8}" fill="{GENERATED}">newest samples</text>')
    parts.append(_points(newest, real) if newest.ndim == 2 else _images(newest))
    return "\n".join([*parts, "</svg>\n"])


def _ticks(low: float, high: float) -> NDArray[np.float64]:
    """Two to eight round numbers from `low` to `high`, which differ."""
    extent = (high - low) * (1 + 1e-9)  # or rounding could leave none of the steps, as from 0 to 0.3
    decade = 10 ** math.floor(math.log10(extent / 3))
    step = max(factor * decade for factor in (1, 2, 5) if 3 * factor * decade <= extent)
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step


def _chart(top: int, name: str, lines: Sequence[tuple[str, str]], log: Rows) -> str:
    """One chart: a line for each of `lines` over the epochs, with ticks at round numbers."""
    values = [row[key] for row in log for key, _ in lines]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, low + 0.5
    last = log[-1]["epoch"] if log and log[-1]["epoch"] else 1.0
    bottom, right = top + CHART_HEIGHT, LEFT + CHART_WIDTH

    def x(epoch: float) -> str:
        return f"{LEFT + CHART_WIDTH * epoch / last:.1f}"

    def y(value: float) -> str:
        return f"{bottom - CHART_HEIGHT * (value - low) / (high - low):.1f}"

    parts = [f'<text x="{LEFT}" y="{top - 8}">{escape(name)}</text>']
    for tick in _ticks(low, high):
        parts.append(f'<path d="M{LEFT},{y(tick)}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick)}" dy="4" text-anchor="end">{tick:.4g}</text>')
    for tick in _ticks(0, last):
        parts.append(f'<path d="M{x(tick)},{bottom}v4" stroke="#888"/>')
        parts.append(f'<text x="{x(tick)}" y="{bottom + 18}" text-anchor="middle">{tick:.4g}</text>')
    parts.append(f'<path d="M{LEFT},{top}V{bottom}H{right}" fill="none" stroke="#888"/>')
    for place, (key, colour) in enumerate(lines):
        places = " ".join(f"{x(row['epoch'])},{y(row[key])}" for row in log)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{LEFT + 130 + 60 * place}" y="{top - 8}" fill="{colour}">{key}</text>')
    return "\n".join(parts)


def _points(newest: NDArray[np.floating], real: NDArray[np.floating] | None) -> str:
    """Points (n, 2) over the real ones, with the same scale both ways."""
    clouds = {GENERATED: newest} if real is None else {REAL: real, GENERATED: newest}
    shown = [np.asarray(points[:MOST_POINTS], np.float64) for points in clouds.values()]
    low, high = np.concatenate(shown).min(0), np.concatenate(shown).max(0)
    scale = float(((CHART_WIDTH, SIDE) / np.maximum(high - low, 1e-9)).min())
    parts = [f'<text x="{LEFT + 110}" y="{SAMPLES_TOP - 8}" fill="{REAL}">{"real" if REAL in clouds else ""}</text>']
    for colour, points in zip(clouds, shown, strict=True):
        places = (points - (low + high) / 2) * (scale, -scale) + (LEFT + CHART_WIDTH / 2, SAMPLES_TOP + SIDE / 2)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5"/>' for x, y in places)
        parts.append(f'<g fill="{colour}" fill-opacity="0.6">{dots}</g>')
    return "\n".join(parts)


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
        f'<image x="{LEFT}" y="{SAMPLES_TOP}" width="{SIDE}" height="{SIDE}" style="image-rendering: pixelated" '
        f'href="data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"/>'
    )
