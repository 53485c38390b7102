"""`saddle repro`: what `dvc repro` does, with stages that keep only one core busy beside each other."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from saddle.config import Settings, load_settings
from saddle.core.process import cores, note_how_to_go_on

# DVC, which ends with this process where the system can see to that.
PROGRAM = (
    "import sys; from saddle.core.process import end_when_asked; end_when_asked(); "
    "from dvc.cli import main; sys.exit(main(sys.argv[1:]))"
)
DVC = (sys.executable, "-c", PROGRAM)
# More at once would wait for each other at the lock that DVC takes for every stage, and on a GPU for its memory.
MOST_AT_ONCE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no arguments."""


def run(arguments: argparse.Namespace) -> None:
    """Run the whole pipeline; ends with the exit code of the first DVC that fails.

    DVC runs one stage after the other, though several DVCs may run at once, each with stages of its own (--single-item:
    with nothing that comes before them). Raises `UserError` if params.yaml is missing or bad.
    """
    settings = load_settings()
    note_how_to_go_on("started again, it goes on with what is not done")
    first, beside = order(settings)
    _end_if_failed([subprocess.call([*DVC, "repro", *first])])
    with ThreadPoolExecutor(min(cores(), MOST_AT_ONCE)) as pool:
        _end_if_failed(list(pool.map(_run_quietly, beside)))
    _end_if_failed([subprocess.call([*DVC, "repro"])])


def order(settings: Settings) -> tuple[list[str], list[list[str]]]:
    """What runs first, one after the other; and stages that keep one core busy each: those of a list in its order.

    A stage that computes on all cores would be slowed down more than is won. Of the lists the longest come first, the
    last of the image variants before all others, so that the cores are done at about the same time.
    """
    points, images = settings.points, settings.images.variants
    trained = [name for name, variant in images.items() if variant.threads == 1]
    beside = [[f"train_images@{name}", f"render_images@{name}"] for name in reversed(trained)]
    steps = ["train_points", "evaluate_points", "render_points"]
    first = ["evaluate_points_floor", "read_images"]
    if points.threads != 1:
        first.append(steps.pop(0))
    return first, beside + [[f"{step}@{name}" for step in steps] for name in points.variants]


def _run_quietly(stages: Sequence[str]) -> int:
    """Run these stages alone, and return DVC's exit code.

    Their output is no terminal's, so that progress is a line every ten seconds and not several bars in one line.
    """
    command = [*DVC, "--wait-for-lock", "repro", "--single-item", *stages]
    # Bytes, whatever letters they are: what DVC writes and what this terminal shows may differ in that on Windows.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return process.returncode


def _end_if_failed(codes: Sequence[int]) -> None:
    if failed := next(filter(None, codes), 0):
        sys.exit(failed)
