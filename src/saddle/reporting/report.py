"""`saddle report --base main`: what a change did, as Markdown for a pull request.

GitHub and GitLab show the text, and CML reads it: CML uploads no <img>, and knows no tables.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from saddle.core.files import replacing
from saddle.reporting.directions import heading, word_for_null
from saddle.reporting.markdown import code, table, words
from saddle.reporting.metrics import ABSENT, BY_CHANCE, Change, Verdict, compare_metrics
from saddle.reporting.pictures import COMMIT, Links
from saddle.reporting.states import METRICS, PLOTS, WORKSPACE, State, Value, read_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.epilog = "Example: saddle report --base main --head my-experiment --out report.md"
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
