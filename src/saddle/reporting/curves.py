"""Curves before and after, one over the other."""

import io

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullFormatter

from saddle.errors import UserError, shortened
from saddle.rendering.shared.style import MARK, RC, REAL
from saddle.reporting.states import State

TIMES = ("epoch", "step")  # a file's x axis is the first of these that it has; the others are not drawn
PANEL = (4.2, 2.7)  # inches
# A quantity that falls by more than this is drawn on a logarithmic axis, or its end would be a flat line.
WIDE_RANGE = 20.0
MOST_PANELS = 50
LONGEST_TITLE = 40


def read_curves(state: State, path: str) -> pd.DataFrame | None:
    """The curves in a CSV file of `state`: a column each, indexed by time; None if the state has no such file.

    None too for a table that is not one run over time: without a column of `TIMES`, or with one that does not increase,
    or with no other column of numbers or more than MOST_PANELS of them. Raises `UserError` if the file is not CSV.
    """
    if path not in state.blobs:
        return None
    try:
        table = pd.read_csv(io.BytesIO(state.read(path)))
    except ValueError as error:  # pandas' own errors and those of decoding are all of this type
        raise UserError(f"{path} in {state}: not a readable CSV file ({shortened(error, 200)})") from None
    times = [name for name in TIMES if name in table]
    if not times or not (table[times[0]].is_monotonic_increasing and table[times[0]].is_unique):
        return None
    curves = table.set_index(times[0]).drop(columns=times[1:]).select_dtypes("number")
    return None if curves.empty or curves.shape[1] > MOST_PANELS else curves


def overlay(before: pd.DataFrame | None, after: pd.DataFrame | None) -> Figure:
    """Each column of either table as a panel, both states in it; None stands for a state without the file."""
    drawn = [table for table in (before, after) if table is not None]
    names = list(dict.fromkeys(name for table in drawn[::-1] for name in table))
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    with mpl.rc_context(RC):
        figure = Figure(figsize=(columns * PANEL[0], rows * PANEL[1]), layout=ConstrainedLayoutEngine(h_pad=0.1))
        for place, name in enumerate(names):
            axes = figure.add_subplot(rows, columns, place + 1)
            # Dashed grey below, solid blue above: told apart in print and with any kind of colour vision.
            for table, label, line, colour in ((before, "before", "--", MARK), (after, "after", "-", REAL)):
                if table is not None and name in table:
                    axes.plot(table.index, table[name], line, color=colour, linewidth=1.3, alpha=0.85, label=label)
            # A column's name is text, whatever dollar signs it has.
            axes.set_title(shortened(name, LONGEST_TITLE), parse_math=False)
            if place >= len(names) - columns:
                axes.set_xlabel(str(drawn[-1].index.name))
            _set_scale(axes, [table[name] for table in drawn if name in table])
            if place == 0:
                axes.legend()
    return figure


def _set_scale(axes: Axes, curves: list["pd.Series[float]"]) -> None:
    values = pd.concat(curves)
    if values.min() > 0 and values.max() / values.min() > WIDE_RANGE:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
