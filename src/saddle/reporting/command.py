"""`saddle report --base main`: what a change did, as Markdown for a pull request."""

import argparse
import sys
from pathlib import Path

from saddle.core.files import replacing
from saddle.reporting.links import COMMIT, Links
from saddle.reporting.metrics import compare_metrics
from saddle.reporting.states import WORKSPACE, read_state
from saddle.reporting.text import headline, written


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
