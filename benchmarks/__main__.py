"""Time the project beside plain loops: `python -m benchmarks`, from the project's root."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

# The code beside this file must win over an installed one, as in the stages.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from benchmarks.measuring.pairs import Measured, measured_pairs
from benchmarks.measuring.results import Result, result_of
from benchmarks.measuring.table import machine, table
from benchmarks.rows import ROWS, SIDES
from saddle.data.mnist.files import read_source
from saddle.errors import UserError, reports_user_errors
from saddle.files import write_json
from saddle.interruption import end_when_asked
from saddle.progress import progress_bar
from stages.paths import RAW_MNIST

# Of an argument in an error.
LONGEST_SHOWN = 40
MOST_REPEATS = 1000
MOST_STEPS = 10**7


class _Parser(argparse.ArgumentParser):
    """One line for a bad argument, as for every other error."""

    def error(self, message: str) -> NoReturn:
        """Raises `UserError`."""
        raise UserError(f"{message[:200]}; see python -m benchmarks --help")


@reports_user_errors
def main() -> None:
    """Measure, then print the table, and write the JSON file last: if that fails, the table is there."""
    end_when_asked()
    arguments = _arguments()
    names: list[str] = arguments.rows
    if any(ROWS[name].experiment == "mnist" for name in names):
        # Found here, before minutes are spent on other rows.
        read_source(arguments.mnist)
    if arguments.json is not None and arguments.json.is_dir():
        raise UserError(f"--json is {arguments.json}, a folder; give a file's name")
    pairs: dict[str, list[dict[str, Measured]]] = {}
    with progress_bar("benchmarks", len(names) * arguments.repeats * len(SIDES), "measurement") as bar:
        for name in names:
            bar.set_postfix_str(name)
            steps = arguments.steps or ROWS[name].steps[arguments.device]
            pairs[name] = measured_pairs(name, arguments.device, steps, arguments.repeats, arguments.mnist, bar.update)
    results = {name: result_of(of_row) for name, of_row in pairs.items()}
    this_machine = machine(pairs[names[0]][0][SIDES[0]])
    print(f"{this_machine}; device {arguments.device}, pairs a row: {arguments.repeats}\n")
    print(table(results), flush=True)
    if arguments.json is not None:
        write_json(arguments.json, _content(this_machine, arguments.device, pairs, results))


def _content(
    this_machine: str, device: str, pairs: dict[str, list[dict[str, Measured]]], results: dict[str, Result]
) -> dict[str, object]:
    rows = {name: {"what": ROWS[name].what, **results[name].content(), "pairs": pairs[name]} for name in pairs}
    return {"machine": this_machine, "device": device, "rows": rows}


def _arguments() -> argparse.Namespace:
    parser = _Parser(
        prog="python -m benchmarks", description="Time the project's training beside plain loops.", allow_abbrev=False
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (default: cpu)")
    parser.add_argument(
        "--rows", type=_rows, default=list(ROWS), help=f"separated by commas (default: {','.join(ROWS)})"
    )
    parser.add_argument("--repeats", type=_count(MOST_REPEATS), default=5, help="pairs of measurements (default: 5)")
    parser.add_argument(
        "--steps", type=_count(MOST_STEPS), help="timed steps, of each run in the grid (default: by row)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there too")
    parser.add_argument("--mnist", type=Path, default=RAW_MNIST, help=f"MNIST's folder (default: {RAW_MNIST})")
    return parser.parse_args()


def _rows(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in ROWS:
            raise argparse.ArgumentTypeError(f"has no row {name[:LONGEST_SHOWN]!r}; allowed: {', '.join(ROWS)}")
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"names a row twice: {text[:LONGEST_SHOWN]!r}")
    return names


def _count(most: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        # Bounded in length too: int() refuses thousands of digits with an error of its own.
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"is {text[:LONGEST_SHOWN]!r}; it must be a whole number from 1 to {most}")
        return int(text)

    return count


if __name__ == "__main__":
    main()
