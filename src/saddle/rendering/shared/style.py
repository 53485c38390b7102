"""What all pictures share: colours that everybody can tell apart, legible sizes, letters, moments and their names."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import ImageFont

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
REAL = "#0072B2"
GENERATED = "#D55E00"
MARK = "#444444"

# The same source's colours for lines that are told apart by their place in a list, all but yellow, which white
# swallows. Colour is never the only difference: each line has a style too. As 7 and 4 have no common divisor, 28 lines
# differ in the pair.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", ":", "-.")

DPI = 100
RC: Any = {
    "font.size": 11,
    # What a user calls a variant is text, also where a dollar sign is in it.
    "text.parse_math": False,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
}


def look(place: int) -> tuple[str, str]:
    """Colour and line style of the line at `place` in its list, from 0."""
    return COLOURS[place % len(COLOURS)], LINES[place % len(LINES)]


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at `size` pixels, for what Matplotlib does not draw: it comes with it, the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)


def legend(figure: Figure, *, columns: int = 2, **options: Any) -> None:
    """One legend of all panels of `figure`, each label once, below them unless `loc` says otherwise."""
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        for artist, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(str(label), artist)
    options = {"loc": "outside lower center", "ncols": min(columns, len(entries)), "frameon": False, **options}
    figure.legend(list(entries.values()), list(entries), **options)


def window(points: NDArray[np.floating], margin: float) -> tuple[dict[str, Any], float]:
    """How axes without ticks show `points` (n, 2), and the height of what they show over its width.

    margin: around the points, as a share of their larger extent.
    """
    low, high = points.min(0), points.max(0)
    margin *= float((high - low).max())
    limits = {"xlim": (low[0] - margin, high[0] + margin), "ylim": (low[1] - margin, high[1] + margin)}
    aspect = float((high[1] - low[1] + 2 * margin) / (high[0] - low[0] + 2 * margin))
    return {"aspect": "equal", "xticks": [], "yticks": [], **limits}, aspect


def moments(length: int, count: int) -> list[int]:
    """At most `count` indices below `length`: the first, the last, and closer together at the beginning.

    There a run changes fast.
    """
    chosen: list[int] = np.unique(np.geomspace(1, length, count).round().astype(int) - 1).tolist()
    return chosen


def time_titles(epochs: Sequence[float], steps: Sequence[int], *, by_step: bool = False) -> list[str]:
    """What to call the moments: by their epochs where all of these are whole, else or if `by_step` by their steps."""
    if not by_step and all(float(epoch).is_integer() for epoch in epochs):
        return [f"epoch {epoch:.0f}" for epoch in epochs]
    return [f"step {step:,}" for step in steps]
