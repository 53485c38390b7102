"""The trained runs of a comparison, and their files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.comparison.cells import Cell
from saddle.core.model_file import load_model, save_model
from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.files import read_arrays, write_arrays
from saddle.npz import Layout

# A run that diverged has no snapshots.
RUN_LAYOUTS = {
    "epoch": Layout(("time",), least=0),
    "samples": Layout(("time", "n", 2), least=0),
    "diverged": Layout((), "flag"),
}


@dataclass(frozen=True)
class TrainedRun:
    """What is kept of a run.

    generator: as it is at the end, on the CPU; None for a run that diverged. epoch: (snapshots,); samples:
    (snapshots, n, 2), from the same latents each time. A run that diverged has no snapshots.
    """

    cell: Cell
    generator: Generator | None
    epoch: NDArray[np.float64]
    samples: NDArray[np.float32]

    @property
    def diverged(self) -> bool:
        """Whether a loss became NaN or infinite."""
        return self.generator is None


def save_run(model: Path, samples: Path, run: TrainedRun) -> None:
    """Write a run's model file, if it has one, and its snapshots; these come last, so where they are all is there."""
    if run.generator is not None:
        cell = run.cell
        facts = {"dataset": "points", "variant": cell.variant, "optimizer": cell.optimizer, "seed": cell.seed}
        save_model(model, {"generator": run.generator}, facts)
    write_arrays(samples, {"epoch": run.epoch, "samples": run.samples, "diverged": np.array(run.diverged)})


def load_run(model: Path, samples: Path, cell: Cell) -> TrainedRun:
    """The run of `cell` that `save_run` wrote. Raises `UserError` if a file is missing or cannot be read."""
    arrays = read_arrays(samples, RUN_LAYOUTS)
    if not arrays["diverged"] and not arrays["samples"].size:
        raise UserError(f"{samples}: has no snapshots, but is not said to have diverged")
    generator = None if arrays["diverged"] else load_model(model, ("generator",), sample_shape=(2,))["generator"]
    return TrainedRun(cell, generator, arrays["epoch"], arrays["samples"])


def save_runs(models: Path, samples: Path, runs: Iterable[TrainedRun]) -> None:
    """Write each run's two files into these folders, which are there afterwards even if all runs diverged."""
    models.mkdir(parents=True, exist_ok=True)
    for run in runs:
        save_run(*run_files(models, samples, run.cell.name), run)


def load_runs(models: Path, samples: Path, cells: Iterable[Cell]) -> list[TrainedRun]:
    """The runs of `cells` that `save_runs` wrote. Raises `UserError` as `load_run`."""
    return [load_run(*run_files(models, samples, cell.name), cell) for cell in cells]


def run_files(models: Path, samples: Path, name: str) -> tuple[Path, Path]:
    """The two files of the run called `name` in these folders."""
    return models / f"{name}.safetensors", samples / f"{name}.npz"


def find_run(model: Path, samples: Path, cell: Cell) -> TrainedRun | None:
    """As `load_run`, but None if there is no whole run."""
    try:
        return load_run(model, samples, cell)
    except UserError:
        return None
