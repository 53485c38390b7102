"""`python -m saddle report --base main --out report.md`."""

import argparse
from pathlib import Path

from saddle.errors import UserError
from saddle.files import replacing
from saddle.rendering.shared.figures import write_figure
from saddle.reporting import text
from saddle.reporting.curves import overlay, read_curves
from saddle.reporting.links import Links
from saddle.reporting.metrics import AllMetrics, compare_metrics, read_metrics
from saddle.reporting.params import compare_params, read_params
from saddle.reporting.spread import judge_of, read_runs
from saddle.reporting.states import METRICS, PLOTS, State, changed, committed, working_tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--base", required=True, metavar="REVISION", help="what to compare with: a branch, tag, commit")
    parser.add_argument("--head", metavar="REVISION", help="what to compare; the working tree if not given")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the Markdown file to write")
    parser.add_argument(
        "--image-base",
        metavar="URL",
        help="where the files of a commit are served, with {commit} in the place of its id; "
        "links to pictures are relative if not given",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the report, and beside it the pictures that it links to."""
    links = Links(arguments.out, arguments.image_base)
    before = committed(arguments.base)
    after = committed(arguments.head) if arguments.head else working_tree()
    old_params, new_params = read_params(before), read_params(after)
    old_metrics, new_metrics = _metrics("--base", before), _metrics("--head", after)

    judge = judge_of(read_runs(before), read_runs(after), (old_params, new_params))
    changes = compare_metrics(old_metrics, new_metrics, judge)
    written = text.report(
        between=(str(before), str(after)),
        params=compare_params(old_params, new_params),
        changes=changes,
        curves=[_curves(links, before, after, path) for path in changed(before, after, PLOTS, ".csv")],
        pictures=[_pictures(links, before, after, path) for path in changed(before, after, PLOTS, ".png", ".gif")],
    )
    with replacing(arguments.out) as part:
        part.write_text(written, encoding="utf-8")
    print(f"{arguments.out}: {text.headline(changes)}")


def _metrics(option: str, state: State) -> AllMetrics:
    metrics = read_metrics(state)
    if not metrics:
        raise UserError(
            f"{option}: {state} has no metrics, no .json file under {METRICS} of the folder {Path.cwd()}; "
            "name a revision that has, or run from the project's root"
        )
    return metrics


def _curves(links: Links, before: State, after: State, path: str) -> text.Curves:
    tables = [read_curves(state, path) for state in (before, after)]
    if all(table is None for table in tables):
        return text.Curves(path, None)
    drawn = (links.folder / "curves" / path.removeprefix(PLOTS)).with_suffix(".png")
    write_figure(drawn, overlay(*tables))
    return text.Curves(path, links.to_file(drawn))


def _pictures(links: Links, before: State, after: State, path: str) -> text.Pictures:
    sides = (("before", before), ("after", after))
    found = [links.to_picture(state, path, side) if path in state.blobs else None for side, state in sides]
    return text.Pictures(path, *found)
