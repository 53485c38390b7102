"""One measurement, in a process of its own: `python -m benchmarks.measuring SIDE ROW DEVICE STEPS MNIST`.

It prints a JSON object. The project's side is set up for training as a stage is; the plain side is left as PyTorch has
it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows import ROWS, Row, warm_up
from saddle.core.process import tune_process
from saddle.errors import UserError, reports_user_errors
from saddle.interruption import end_when_asked

if TYPE_CHECKING:
    import torch

    from benchmarks.measuring.clock import Measurement


@reports_user_errors
def main() -> None:
    """Measure what the arguments name."""
    end_when_asked()
    side, name, device, steps, mnist = sys.argv[1:]
    if side == "project":
        # Before anything imports PyTorch.
        tune_process()
    print(json.dumps(_measured(side, ROWS[name], device, int(steps), Path(mnist))))


def _measured(side: str, row: Row, device_name: str, steps: int, mnist: Path) -> dict[str, object]:
    # Imports of PyTorch, and of what imports it, are inside: the process had to be set up first.
    import torch

    device = torch.device(device_name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError("--device is cuda, but PyTorch sees no CUDA device here; use cpu")
    measurement = _project(row, device, steps, mnist) if side == "project" else _plain(row, device, steps, mnist)
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {**asdict(measurement), "torch": torch.__version__, "gpu": gpu}


def _project(row: Row, device: torch.device, steps: int, mnist: Path) -> Measurement:
    from benchmarks.measuring.clock import measure
    from benchmarks.project.side import on_one_thread, settings_for, threads, training
    from saddle.core.process import use_threads

    if row.experiment == "grid":
        # Dask is needed here alone.
        from benchmarks.project.grid import measure_grid

        return measure_grid(steps, warm_up(steps), device)
    settings = settings_for(device, row.precision)
    use_threads(threads(row, settings))
    counted = training(row, on_one_thread(settings), mnist)
    return measure(training(row, settings, mnist), steps, warm_up(steps), device, row.precision, counted=counted)


def _plain(row: Row, device: torch.device, steps: int, mnist: Path) -> Measurement:
    from benchmarks.measuring.clock import measure
    from benchmarks.plain.grid import measure_grid
    from benchmarks.plain.side import training

    if row.experiment == "grid":
        return measure_grid(steps, warm_up(steps), device)
    return measure(training(row, device, mnist), steps, warm_up(steps), device, row.precision, counted=None)


if __name__ == "__main__":
    main()
