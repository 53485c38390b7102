"""Running the measurements, the two sides in turn."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.rows import ROWS, SIDES
from saddle.core.process import SWITCH
from saddle.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
# Of what a failed measurement said last.
LONGEST_REASON = 300

Measured = dict[str, Any]


def measured_pairs(
    name: str, device: str, steps: int, repeats: int, mnist: Path, done: Callable[[], object]
) -> list[dict[str, Measured]]:
    """The measurements of one row: for each repeat, that of the project and that of the plain loop.

    The two sides take turns in being first, so that a machine that gets slower or faster favours neither. done: called
    after each measurement. Raises `UserError` if a measurement fails or the sides do not do the same work.
    """
    pairs = []
    for repeat in range(repeats):
        pair = {}
        for side in SIDES if repeat % 2 == 0 else reversed(SIDES):
            pair[side] = _measured(side, name, device, steps, mnist)
            done()
        check_same_work(name, pair)
        pairs.append(pair)
    return pairs


def check_same_work(name: str, pair: dict[str, Measured]) -> None:
    """Raises `UserError` if networks, batch or critic steps of the two sides differ, as edits of params.yaml can do."""
    project, plain = (pair[side]["work"] for side in SIDES)
    for key, value in project.items():
        if value != plain[key]:
            raise UserError(
                f"row {name}: the project has {key} {value}, the plain loop {plain[key]}; "
                "only params.yaml with the reports' networks, batches and critic steps can be compared"
            )


def _measured(side: str, name: str, device: str, steps: int, mnist: Path) -> Measured:
    """One measurement in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": _search_path()}
    if side == "plain":
        environment[SWITCH] = "0"
    command = [sys.executable, "-m", "benchmarks.measuring", side, name, device, str(steps), str(mnist)]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if process.returncode != 0:
        raise UserError(f"row {name}, {ROWS[name].what}, {side} side: {_reason(process)}")
    result: Measured = json.loads(process.stdout.splitlines()[-1])
    return result


def _search_path() -> str:
    """The modules beside this one before all others, as `python -m stages` has them."""
    own = [str(ROOT / "src"), str(ROOT)]
    return os.pathsep.join([*own, *filter(None, [os.environ.get("PYTHONPATH")])])


def _reason(process: "subprocess.CompletedProcess[str]") -> str:
    said = process.stderr.strip().splitlines() or [f"ended with {process.returncode}"]
    return said[-1].removeprefix("error: ")[:LONGEST_REASON]
