"""`saddle report --base main`: what a change did, as Markdown for a pull request.

GitHub and GitLab show the text, and CML reads it: CML uploads no <img>, and knows no tables.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from pathlib import Path
from urllib.parse import quote

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from saddle.core.files import replacing
from saddle.errors import UserError, shortened
from saddle.rendering.shared.figures import write_figure
from saddle.rendering.shared.style import MARK, RC, REAL
from saddle.reporting.directions import heading, word_for_null
from saddle.reporting.markdown import ABSENT, code, table, words
from saddle.reporting.metrics import BY_CHANCE, Change, Verdict, compare_metrics
from saddle.reporting.states import METRICS, PLOTS, WORKSPACE, State, Value, read_state

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--base", required=True, help="what to compare with: a branch, tag, commit or experiment")
    parser.add_argument("--head", default=WORKSPACE, help="what to compare, one of these; by default the working tree")
    parser.add_argument("--out", type=Path, help="a Markdown file; pictures go beside it; by default text is printed")
    parser.add_argument("--image-base", help=f"where the project's files of a commit are served, with {COMMIT} in it")


def run(arguments: argparse.Namespace) -> None:
    """Write the report, and beside it the pictures that it links to."""
    links = Links(arguments.out, arguments.image_base)
    before, after = read_state(arguments.base), read_state(arguments.head)
    changes = compare_metrics(before, after)
    report = written(before, after, changes, links)
    if arguments.out is None:
        sys.stdout.buffer.write(report.encode())
        return
    with replacing(arguments.out) as part:
        part.write_text(report, encoding="utf-8")
    print(f"{arguments.out}: {headline(changes)}")


def headline(changes: Sequence[Change]) -> str:
    """What became of the metrics, counted: the first line of the report."""
    counts = Counter(change.verdict for change in changes)
    return ", ".join(f"{verdict}: {counts[verdict]}" for verdict in Verdict if counts[verdict])


def written(before: State, after: State, changes: Sequence[Change], links: Links) -> str:
    """The whole text; pictures that it needs and no disk has are written by `links`."""
    paths = sorted(path for path in {*before.plots, *after.plots} if before.plots.get(path) != after.plots.get(path))
    pictures = [path for path in paths if path.endswith((".png", ".gif"))]
    parts = [
        f"## Metrics, {headline(changes)}",
        f"From {code(str(before))} to {code(str(after))}.",
        *_parameters(before, after),
        *_metrics([change for change in changes if change.verdict is not Verdict.UNCHANGED]),
        *_curves({path: links.to_curves(path, before, after) for path in paths if path.endswith(".csv")}),
        *_pictures({path: (links.to_picture(path, before), links.to_picture(path, after)) for path in pictures}),
        *_unchanged([change for change in changes if change.verdict is Verdict.UNCHANGED]),
    ]
    return "\n\n".join(parts) + "\n"


def _parameters(before: State, after: State) -> list[str]:
    def value(state: State, name: str) -> str:
        return code(json.dumps(state.params[name], default=str, ensure_ascii=False)) if name in state.params else ABSENT

    names = dict.fromkeys([*after.params, *before.params])
    rows = [[code(name), value(before, name), value(after, name)] for name in names]
    changed = [row for row in rows if row[1] != row[2]]
    shown = ["### Parameters", table(["parameter", "before", "after"], changed)]
    return shown if changed else ["No parameter changed."]


def _metrics(changes: Sequence[Change]) -> list[str]:
    if not changes:
        return ["No metric changed."]
    judged = sum(change.chance is not None for change in changes)
    parts = [
        "### Metrics",
        "↓ lower is better, ↑ higher is better, → better the nearer to this number, no sign: neither way. "
        "In brackets, what tells change from noise: the range in which 95 % of runs with another seed lie, by the runs "
        "before the change (Student's prediction interval); of two sets of runs the p of Welch's t test, or where runs "
        "never fitted of Mann and Whitney's. Where no seeds tell, a metric only seems better or worse, without colour."
        + (f" Of the {judged} told so, about {judged * BY_CHANCE:.1g} would stand out by chance." if judged else ""),
    ]
    for file, group in groupby(changes, key=lambda change: change.file):
        rows = [_row(change) for change in group]
        parts += [f"**{code(_short(file))}**", table(["metric", "before", "after", "difference", ""], rows, (1, 2, 3))]
    return parts


def _row(change: Change) -> list[str]:
    values = [_value(change.metric, value) for value in (change.before, change.after)]
    told = f" ({change.chance.words})" if change.chance else ""
    return [heading(change.metric), *values, _difference(change.before, change.after), f"{change.verdict}{told}"]


def _value(metric: str, value: Value) -> str:
    if value is None:
        return word_for_null(metric) or "null"
    return f"{value:.4g}" if isinstance(value, float | int) else value if value == ABSENT else code(str(value))


def _difference(before: Value, after: Value) -> str:
    if not (isinstance(before, float | int) and isinstance(after, float | int)):
        return ""
    share = f" ({100 * (after - before) / before:+.1f}%)" if before > 0 and after >= 0 else ""
    return f"{after - before:+.3g}{share}"


def _curves(links: Mapping[str, str | None]) -> list[str]:
    drawn = [f"**{code(_short(path))}**\n\n{_picture(path, link)}" for path, link in links.items() if link]
    others = ", ".join(code(path) for path, link in links.items() if not link)
    return [*(["### Curves"] if links else []), *drawn, *([f"Changed, and not drawn: {others}."] if others else [])]


def _pictures(links: Mapping[str, Sequence[str | None]]) -> list[str]:
    parts = ["### Pictures"] if links else []
    for folder, paths in groupby(links, key=lambda path: path.rpartition("/")[0]):
        rows = [[code(path.rpartition("/")[2]), *(_picture(path, link) for link in links[path])] for path in paths]
        parts.append(_folded(f"<b>{words(_short(folder))}</b>: {len(rows)}", table(["", "before", "after"], rows)))
    return parts


def _picture(path: str, link: str | None) -> str:
    return ABSENT if link is None else f"![{words(_short(path))}]({link})"


def _unchanged(changes: Sequence[Change]) -> list[str]:
    files = [f"{code(_short(file))} {count}" for file, count in Counter(change.file for change in changes).items()]
    return [_folded(f"Unchanged metrics: {len(changes)}", ", ".join(files))] if changes else []


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _short(path: str) -> str:
    """`path` without what all such files have in common."""
    return path.removeprefix(METRICS).removeprefix(PLOTS).removesuffix(".json").removesuffix(".csv")


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
