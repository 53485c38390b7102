"""The pictures of a report, as a pull request can show them; and the curves of both states, one over the other."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from saddle.core.files import replacing
from saddle.errors import UserError, shortened
from saddle.rendering.shared.figures import write_figure
from saddle.rendering.shared.style import MARK, RC, REAL
from saddle.reporting.states import PLOTS, WORKSPACE, State

COMMIT = "{commit}"
TIMES = ("epoch", "step")  # a file's x axis is the first of these that it has; the others are not drawn
PANEL = (4.2, 2.7)  # inches
WIDE_RANGE = 20.0  # what falls by more is drawn on a logarithmic axis, or its end would be a flat line


@dataclass(frozen=True)
class Links:
    """The links of a report to its pictures.

    report: its path; what is not on the disk is written beside it, or has no link. image_base: as the command has it.
    """

    report: Path | None
    image_base: str | None

    def __post_init__(self) -> None:
        if self.image_base is not None and COMMIT not in self.image_base:
            raise UserError(f"--image-base is {self.image_base!r}; expected an address with {COMMIT} in it")

    def to_curves(self, path: str, *states: State) -> str | None:
        """The link to the curves of both states, drawn one over the other."""
        curves = [curves_of(state.table(path)) for state in states]
        if all(table.empty for table in curves):
            return None
        name = Path("curves", path.removeprefix(PLOTS)).with_suffix(".png")
        return self._write(name, lambda part: write_figure(part, overlay(*curves)))

    def to_picture(self, path: str, state: State) -> str | None:
        """The link to a picture of one state; None if there is none."""
        if path not in state.plots:
            return None
        if self.image_base is not None and state.plots[path] == state.in_commit.get(path):
            served = self.image_base.replace(COMMIT, state.commit).rstrip("/")
            return f"{served}/{quote(path)}"
        if state.name == WORKSPACE:
            return self._relative(state.root / path)
        return self._write(Path(state.commit[:7], path), lambda part: part.write_bytes(state.plots[path]))

    def _write(self, name: Path, write: Callable[[Path], object]) -> str | None:
        if self.report is None:
            return None
        path = self.report.with_name(f"{self.report.stem}_files") / name
        with replacing(path) as part:
            write(part)
        return self._relative(path)

    def _relative(self, path: Path) -> str:
        return quote(Path(os.path.relpath(path, self.report.parent if self.report else None)).as_posix())


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
