"""Time the project beside plain loops: `python -m benchmarks`, from the project's root."""

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

# The code beside this file must win over an installed one, as in the stages.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from benchmarks.results import figures, machine, measured_rounds, table
from benchmarks.rows import ROWS, SIDES
from saddle.core.files import write_json
from saddle.core.process import end_when_asked
from saddle.data.mnist.files import read_source
from saddle.errors import UserError, reports_user_errors, shown
from saddle.rendering.live.progress import progress_bar
from stages.paths import RAW_MNIST


@reports_user_errors
def main() -> None:
    """Measure, then print the table, and write the JSON file last: if that fails, the table is there."""
    end_when_asked()
    # What is left of locks when this process is ended at once is cleaned up by Python, here without a warning.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    parser = argparse.ArgumentParser("python -m benchmarks", description="Time the training beside plain loops.")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (default: cpu)")
    parser.add_argument("--rows", default=",".join(ROWS), help="separated by commas (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of measurements (default: 5)")
    parser.add_argument("--steps", type=int, help="timed steps, of each run in the grid (default: by row)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there too")
    parser.add_argument("--mnist", type=Path, default=RAW_MNIST, help="MNIST's folder (default: %(default)s)")
    arguments = parser.parse_args()
    names, device, mnist, rounds = _checked_rows(arguments), arguments.device, arguments.mnist, {}
    with progress_bar("benchmarks", len(names) * arguments.repeats * len(SIDES), "measurement") as bar:
        for name in names:
            bar.set_postfix_str(name)
            steps = arguments.steps or ROWS[name].steps[device]
            rounds[name] = measured_rounds(name, device, steps, arguments.repeats, mnist, bar.update)
    where, results = machine(device), {name: figures(rounds[name]) for name in names}
    print(f"{where}, rounds a row: {arguments.repeats}\n\n{table(results)}", flush=True)
    if arguments.json is not None:
        measured = {
            name: [{side: asdict(one) for side, one in measured.items()} for measured in rounds[name]] for name in names
        }
        write_json(arguments.json, {"machine": where, "figures": results, "rounds": measured})


def _checked_rows(arguments: argparse.Namespace) -> list[str]:
    """The names of the rows. Raises `UserError` for what would fail only after minutes, and for what means nothing."""
    names: list[str] = arguments.rows.split(",")
    for name in names:
        if name not in ROWS or names.count(name) > 1:
            raise UserError(f"--rows has {shown(name)}; allowed: {', '.join(ROWS)}, each once")
    if arguments.repeats < 1 or (arguments.steps is not None and arguments.steps < 1):
        raise UserError(f"--repeats is {arguments.repeats}, --steps {arguments.steps}; both must be 1 or more")
    if any(ROWS[name].experiment == "images" for name in names):
        read_source(arguments.mnist)
    return names


if __name__ == "__main__":
    main()
