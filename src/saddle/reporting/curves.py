"""Curves before and after, one over the other."""

from itertools import zip_longest

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from saddle.errors import shortened
from saddle.rendering.shared.style import MARK, RC, REAL

TIMES = ("epoch", "step")  # a file's x axis is the first of these that it has; the others are not drawn
PANEL = (4.2, 2.7)  # inches
WIDE_RANGE = 20.0  # what falls by more is drawn on a logarithmic axis, or its end would be a flat line


def curves_of(table: pd.DataFrame | None) -> pd.DataFrame:
    """The curves in a table, a column each, indexed by time; none in one that is not a single run over time."""
    times = [] if table is None else [name for name in TIMES if name in table]
    if table is None or not times or not (table[times[0]].is_monotonic_increasing and table[times[0]].is_unique):
        return pd.DataFrame()
    return table.set_index(times[0]).drop(columns=times[1:]).select_dtypes("number")


def overlay(before: pd.DataFrame, after: pd.DataFrame) -> Figure:
    """Each column of either table as a panel, both states in it; at least one table has a column."""
    names = list(dict.fromkeys([*after, *before]))
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    with mpl.rc_context(RC):
        figure = Figure(figsize=(columns * PANEL[0], rows * PANEL[1]), layout="constrained")
        for axes, name in zip_longest(figure.subplots(rows, columns, squeeze=False).flat, names):
            if name is None:
                axes.remove()
                continue
            # Dashed grey below, solid blue above: told apart in print and with any kind of colour vision.
            drawn = [(before, "before", "--", MARK), (after, "after", "-", REAL)]
            drawn = [side for side in drawn if name in side[0]]
            for table, label, line, colour in drawn:
                table[name].plot(ax=axes, style=line, color=colour, linewidth=1.3, alpha=0.85, label=label)
            axes.set_title(shortened(name, 40), parse_math=False)
            values = pd.concat([table[name] for table, *_ in drawn])
            if values.min() > 0 and values.max() > WIDE_RANGE * values.min():
                axes.set_yscale("log")
        figure.axes[0].legend()
    return figure
