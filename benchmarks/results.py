"""Running the measurements of a row, the sides in turn, and what is made of them: figures and a table."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.rows import ROWS, SIDES
from saddle.core.process import cores, end_when_asked, tune_process
from saddle.errors import UserError, reason

if TYPE_CHECKING:
    from benchmarks.clock import Measurement

HEADER = (
    "row", "what", "steps/s: project", "good", "literal", "project : good", "project : literal",
    "cores busy", "peak memory, MB", "GFLOP a step", "of matrix peak",
)  # fmt: skip
# The last of these columns, with all sides in the order of `SIDES`: figure, unit, format.
TRIPLES = (("cores", 1, ".2f"), ("memory", 1e6, ",.0f"), ("flops", 1e9, ".3g"), ("share_of_peak", 1, ".1%"))


def measured_rounds(
    name: str, device: str, steps: int, repeats: int, mnist: Path, done: Callable[[], object]
) -> list[dict[str, Measurement]]:
    """The measurements of one row, in each round one of every side.

    The sides take turns in being first, so that a machine that gets slower or faster favours none. done: called after
    each measurement. Raises `UserError` if a measurement fails.
    """
    rounds = []
    for turn in (repeat % len(SIDES) for repeat in range(repeats)):
        round_ = {}
        for side in SIDES[turn:] + SIDES[:turn]:
            try:
                with ProcessPoolExecutor(1, get_context("spawn"), initializer=_set_up, initargs=(side,)) as pool:
                    round_[side] = pool.submit(measured, side, name, device, steps, mnist).result()
            except Exception as error:
                raise UserError(f"row {name}, {ROWS[name].what}, {side} side: {reason(error)}") from None
            done()
        rounds.append(round_)
    return rounds


def measured(side: str, name: str, device_name: str, steps: int, mnist: Path) -> Measurement:
    """The measurement of `steps` steps of the row `name`, to be made in a process of its own.

    mnist: the folder with MNIST's files. Raises `UserError` if there is no such device or no data.
    """
    # Only here: the process that calls this is set up first, and it imports this module before.
    import torch

    row, device, good = ROWS[name], torch.device(device_name), side == "good"
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError("--device is cuda, but PyTorch sees no CUDA device here; use cpu")
    # By the side that needs it: what is imported counts as memory.
    if side == "project":
        from benchmarks import project

        return project.measured(row, device, steps, mnist)
    from benchmarks.clock import measure

    if row.experiment == "images":
        from benchmarks.plain import images

        training = images.training(row.variant, mnist, device, good, bf16=row.precision == "bf16")
        return measure(training, steps, device, row.precision)
    from benchmarks.plain import points

    if row.experiment == "grid":
        return points.measured_grid(device, good, steps)
    return measure(points.training(row.variant, "rmsprop", device, good), steps, device, row.precision)


def _set_up(side: str) -> None:
    """Set a process up for training, as a stage is, for the project's side only: before PyTorch is imported."""
    end_when_asked()
    if side == "project":
        tune_process()


def figures(rounds: Sequence[Mapping[str, Measurement]]) -> dict[str, dict[str, float]]:
    """Of one row, by side; medians over the rounds, of which there are one or more.

    ratio: of steps per second, the project's to this side's in the same round; lowest and highest of them. cores: CPU
    time per wall time. memory: bytes at most. flops: of this side's step. share_of_peak: the project's FLOPs a step
    as a share of what the process's own matrix products would do in the time of this side's.
    """
    found = {}
    for side in SIDES:
        pairs = [(measured["project"], measured[side]) for measured in rounds]
        ratios = [(ours.steps / ours.seconds) / (own.steps / own.seconds) for ours, own in pairs]
        found[side] = {
            "steps_per_second": median(own.steps / own.seconds for _, own in pairs),
            "ratio": median(ratios),
            "lowest": min(ratios),
            "highest": max(ratios),
            "cores": median(own.cpu_seconds / own.seconds for _, own in pairs),
            "memory": median(own.peak_memory for _, own in pairs),
            "flops": rounds[0][side].flops,
            "share_of_peak": median(ours.flops * own.steps / own.seconds / own.matrix_flops for ours, own in pairs),
        }
    return found


def table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The figures of each row by name, in Markdown."""
    lines: list[Sequence[str]] = [HEADER, ["---"] * 2 + ["---:"] * (len(HEADER) - 2)]
    for name, found in results.items():
        sides = [found[side] for side in SIDES]
        cells = [name, ROWS[name].what, *(f"{side['steps_per_second']:.4g}" for side in sides)]
        cells += [f"{side['ratio']:.2f} ({side['lowest']:.2f} to {side['highest']:.2f})" for side in sides[1:]]
        for key, unit, form in TRIPLES:
            cells.append(" / ".join(f"{side[key] / unit:{form}}" for side in sides))
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(device: str) -> str:
    """Cores and what they have, versions, and the GPU, in a line."""
    import torch  # Only here, as in `measured`.

    kind = torch.cuda.get_device_name() if device == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"{cores()} cores; device {device} ({kind}); Python {platform.python_version()}; PyTorch {torch.__version__}"
