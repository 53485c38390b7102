"""What all pictures share: colours that everybody can tell apart, legible sizes, letters, moments and their names."""

import sys
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
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

# What comes with Matplotlib, so that pictures are the same on every machine; other fonts draw what it has not.
LETTERS = "DejaVu Sans"
LAST_RESORT = "Last Resort High-Efficiency"  # has every letter, as a box
TITLE_GAP = 10  # pixels between two titles on one line

DPI = 100
RC: Any = {
    "font.family": LETTERS,
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
def _letters_of(path: str) -> frozenset[str]:
    return frozenset(map(chr, FT2Font(path).get_charmap()))


def _dejavu(bold: bool = False) -> str:
    return str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf")


@cache
def _fonts_with(letters: frozenset[str]) -> list[FontEntry]:
    """Installed fonts that have `letters` between them, first those with most; regular ones without serifs if possible.

    A line says which letters none has.
    """
    fonts: list[FontEntry] = []
    # Of a file with several fonts, as Matplotlib knows them from 3.11 on, the first.
    known = [each for each in fontManager.ttflist if each.name != LAST_RESORT and not getattr(each, "index", 0)]
    while useful := [each for each in known if letters & _letters_of(each.fname)]:
        fonts.append(
            min(
                useful,
                key=lambda each: (
                    len(letters - _letters_of(each.fname)),
                    *(each.style != "normal", "Sans" not in each.name, each.weight != 400, each.name, each.fname),
                ),
            )
        )
        letters -= _letters_of(fonts[-1].fname)
    if letters:
        what = f"no installed font has {''.join(sorted(letters))}, drawn as boxes; install Noto Sans CJK, say"
        print(what, file=sys.stderr)
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # Matplotlib's, one a letter and picture
    return fonts


def _other_fonts(text: str) -> list[FontEntry]:
    """The fonts of what DejaVu Sans lacks in `text`."""
    lacking = frozenset(filter(str.isprintable, text)) - _letters_of(_dejavu())
    return _fonts_with(lacking) if lacking else []


@cache
def font(size: int, text: str, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels for `text`, where Matplotlib does not draw it: DejaVu Sans if it has all letters."""
    others = _other_fonts(text)
    return ImageFont.truetype(others[0].fname if others else _dejavu(bold), size)


def lettered(artist: Artist) -> None:
    """Give each text in `artist` a font for the letters that DejaVu Sans lacks, as those of Chinese titles."""
    for text in artist.findobj(Text):
        if isinstance(text, Text) and (others := _other_fonts(text.get_text())):
            text.set_fontfamily([LETTERS, *(other.name for other in others)])


def fit(inches: float, *titles: Text) -> None:
    """Make `titles`, which share a line, as much smaller as they need to fit into `inches`."""
    for title in titles:
        lettered(title)
    room = inches * DPI - TITLE_GAP * len(titles)
    share = min(1, room / max(1, sum(title.get_window_extent().width for title in titles)))
    for title in titles:
        title.set_fontsize(title.get_fontproperties().get_size_in_points() * share)


def legend(figure: Figure, *, columns: int = 2, **options: Any) -> None:
    """One legend of all panels of `figure`, each label once, below them unless `loc` says otherwise."""
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        for artist, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(str(label), artist)
    options = {"loc": "outside lower center", "ncols": min(columns, len(entries)), "frameon": False, **options}
    figure.legend(list(entries.values()), list(entries), **options)


def window(
    real: NDArray[np.floating], generated: Sequence[NDArray[np.floating]], margin: float
) -> tuple[dict[str, Any], float]:
    """How axes without ticks show `real` points (n, 2) and the `generated` ones, and their height over their width.

    margin: around both, as a share of the real points' larger extent. What lies further than this extent away from the
    real points is not shown: they would be too small beside it.
    """
    extent = float(np.ptp(real, axis=0).max())
    every = np.concatenate([real, *generated])
    low = np.maximum(every.min(0), real.min(0) - extent) - margin * extent
    high = np.minimum(every.max(0), real.max(0) + extent) + margin * extent
    limits = {"xlim": (low[0], high[0]), "ylim": (low[1], high[1])}
    return {"aspect": "equal", "xticks": [], "yticks": [], **limits}, float((high[1] - low[1]) / (high[0] - low[0]))


def count_outside(axes: Axes, points: NDArray[np.floating]) -> None:
    """Say in a corner of `axes`, of which the limits are set, how many generated `points` (n, 2) lie outside."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    outside = int(((points < (left, bottom)) | (points > (right, top))).any(1).sum())
    if outside:
        words = f"{outside} generated outside"
        axes.text(0.99, 0.02, words, transform=axes.transAxes, ha="right", va="bottom", fontsize="small", color=MARK)


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
