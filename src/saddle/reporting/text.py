"""The report as Markdown that GitHub and GitLab show, and that CML can read.

CML uploads what images and links of Markdown point to, but not what those of HTML do, so pictures are never <img>. It
does not know tables either, so no cell holds a bare vertical bar.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from saddle.reporting.directions import direction_of, word_for_null
from saddle.reporting.markdown import code, html, table, words
from saddle.reporting.metrics import Change, Value, Verdict
from saddle.reporting.noise import BY_CHANCE
from saddle.reporting.params import ParameterChange
from saddle.reporting.states import METRICS, PLOTS

# Blue and orange: told apart with any kind of colour vision, which green and red are not.
MARKS = {Verdict.BETTER: "🔵 better", Verdict.WORSE: "🟠 worse", Verdict.NOISE: "⚪ within noise"}
FOLDED = (Verdict.NEW, Verdict.REMOVED, Verdict.UNCHANGED)
ABSENT = "–"
KEEP = "\N{NO-BREAK SPACE}"  # a figure and what belongs to it stay on one line


@dataclass(frozen=True)
class Pictures:
    """The links to a picture as it was and as it is; None for the state that does not have it."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Curves:
    """The link to a file's curves, one over the other; None if it changed but holds no curves of one run."""

    path: str
    link: str | None


def headline(changes: Sequence[Change]) -> str:
    """What became of the metrics, counted: the first line of the report."""
    counts = {verdict: sum(change.verdict is verdict for change in changes) for verdict in Verdict}
    always = (Verdict.BETTER, Verdict.WORSE, Verdict.NOISE, Verdict.UNCHANGED)
    words = {
        Verdict.SEEMS_BETTER: "seem better",
        Verdict.SEEMS_WORSE: "seem worse",
        Verdict.CHANGED: "changed otherwise",
    }
    shown = [*always, *(verdict for verdict in Verdict if verdict not in always and counts[verdict])]
    return ", ".join(f"{counts[verdict]} {words.get(verdict, verdict)}" for verdict in shown)


def report(
    between: tuple[str, str],
    params: Sequence[ParameterChange],
    changes: Sequence[Change],
    curves: Sequence[Curves],
    pictures: Sequence[Pictures],
) -> str:
    """The whole text. between: the two states, in words."""
    parts = [
        f"## Metrics: {headline(changes)}",
        f"From {code(between[0])} to {code(between[1])}.",
        *_parameters(params),
        *_metrics(changes),
        *_curves(curves),
        *_pictures(pictures),
        *(fold for verdict in FOLDED for fold in _values(verdict, changes)),
    ]
    return "\n\n".join(parts) + "\n"


def _folded(summary: str, content: Iterable[str]) -> str:
    return "\n\n".join([f"<details><summary>{summary}</summary>", *content, "</details>"])


def _parameters(params: Sequence[ParameterChange]) -> list[str]:
    if not params:
        return ["No parameter changed."]
    rows = [[code(change.name), _parameter(change.before), _parameter(change.after)] for change in params]
    return ["### Parameters", table(["parameter", "before", "after"], rows)]


def _parameter(value: str | None) -> str:
    return ABSENT if value is None else code(value)


def _metrics(changes: Sequence[Change]) -> list[str]:
    shown = [change for change in changes if change.verdict not in FOLDED]
    if not shown:
        return ["No metric changed its value."]
    parts = [
        "### Metrics",
        "↓ lower is better, ↑ higher is better, → better the nearer to this number, no sign: neither way. "
        "In brackets, what tells change from noise: the range in which 95 % of runs with another seed lie, by the runs "
        "before the change (Student's prediction interval); of two sets of runs the p of Welch's t test, or where runs "
        "never fitted of Mann and Whitney's. Where no seeds tell, a metric only seems better or worse, without colour."
        + _by_chance(changes),
    ]
    for file, group in groupby(shown, key=lambda change: change.file):
        rows = [_metric_row(change) for change in group]
        parts += [f"**{code(_short(file))}**", table(["metric", "before", "after", "difference", ""], rows, (1, 2, 3))]
    return parts


def _by_chance(changes: Sequence[Change]) -> str:
    """How many of the metrics that have been held against noise would stand out without any cause."""
    judged = sum(change.chance is not None for change in changes)
    if not judged:
        return ""
    return (
        f" Held against it: {judged}, of which about {_number(judged * BY_CHANCE, 1)} would stand out by chance alone."
    )


def _metric_row(change: Change) -> list[str]:
    direction = direction_of(change.metric)
    name = f"{code(change.metric)} {direction.sign}" if direction else code(change.metric)
    before, after = _values_apart(change)
    verdict = MARKS.get(change.verdict, str(change.verdict))
    if change.chance is not None:
        verdict += f" ({change.chance.words})"
    return [name, before, after, _difference(change), verdict]


def _values_apart(change: Change) -> tuple[str, str]:
    """Both values, with more digits where few do not tell them apart."""
    short, long = (
        (_value(change.metric, change.before, digits), _value(change.metric, change.after, digits)) for digits in (4, 6)
    )
    return long if short[0] == short[1] else short


def _value(metric: str, value: Value, digits: int = 4) -> str:
    if isinstance(value, str):
        return code(value)
    return word_for_null(metric) or "null" if value is None else _number(value, digits)


def _difference(change: Change) -> str:
    before, after = change.before, change.after
    if not (isinstance(before, float) and isinstance(after, float)):
        return ""
    share = f"{KEEP}({_signed(100 * (after - before) / before, 2)}%)" if before > 0 and after >= 0 else ""
    return f"{_signed(after - before, 3)}{share}"


def _signed(value: float, digits: int) -> str:
    return f"{'+' if value > 0 else ''}{_number(value, digits)}"


def _number(value: float, digits: int) -> str:
    """`value` with so many significant digits; with more where there would be a positive exponent."""
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text else text


def _curves(curves: Sequence[Curves]) -> list[str]:
    drawn = [f"**{code(_short(curve.path))}**\n\n{_picture(curve.path, curve.link)}" for curve in curves if curve.link]
    others = [code(curve.path) for curve in curves if not curve.link]
    listed = [f"Changed as well, and not the curves of one run: {', '.join(others)}."] if others else []
    return ["### Curves", *drawn, *listed] if curves else []


def _pictures(pictures: Sequence[Pictures]) -> list[str]:
    parts = ["### Pictures"] if pictures else []
    for folder, group in groupby(pictures, key=lambda picture: picture.path.rpartition("/")[0]):
        members = list(group)
        names = ", ".join(html(member.path.rpartition("/")[2]) for member in members)
        tables = [
            table(
                [f"{code(member.path.rpartition('/')[2])}, before", "after"],
                [[_picture(member.path, member.before), _picture(member.path, member.after)]],
            )
            for member in members
        ]
        parts.append(_folded(f"<b>{html(_short(folder))}</b>: {names}", tables))
    return parts


def _picture(path: str, link: str | None) -> str:
    return ABSENT if link is None else f"![{words(_short(path))}]({link})"


def _values(verdict: Verdict, changes: Sequence[Change]) -> list[str]:
    """The metrics of one verdict, folded away, each with the one value that there is to show."""
    members = [change for change in changes if change.verdict is verdict]
    files = []
    for file, group in groupby(members, key=lambda change: change.file):
        last = [(change.metric, change.before if verdict is Verdict.REMOVED else change.after) for change in group]
        values = ", ".join(f"{code(metric)} {_value(metric, value)}" for metric, value in last)
        files.append(f"**{code(_short(file))}**: {values}")
    return [_folded(f"{verdict.capitalize()} metrics ({len(members)})", files)] if members else []


def _short(path: str) -> str:
    """`path` without what all such files have in common."""
    return path.removeprefix(METRICS).removeprefix(PLOTS).removesuffix(".json").removesuffix(".csv")
