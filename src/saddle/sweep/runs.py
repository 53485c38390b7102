"""The comparisons that are stages: which runs they consist of, and the files of the trained ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.config import Settings
from saddle.config.points import FULL_BATCH
from saddle.core.files import read_arrays, write_arrays
from saddle.core.model_file import load_model, save_model
from saddle.core.network import Generator
from saddle.errors import UserError


@dataclass(frozen=True, order=True)
class Cell:
    """One run: a variant, an optimizer, and the seed of the training."""

    variant: str
    optimizer: str
    seed: int

    @property
    def name(self) -> str:
        """As the run's files and messages call it."""
        return f"{self.variant}-{self.optimizer}-{self.seed}"


def settings_of_comparison(settings: Settings, comparison: str) -> Settings:
    """The settings that its runs share: R1's recipe for `full_batch`, the chosen one for `optimizers`."""
    return beside_others(settings.under(FULL_BATCH) if comparison == FULL_BATCH else settings)


def beside_others(settings: Settings) -> Settings:
    """These settings for runs of the points beside each other, one a core: each trains on one thread.

    A run alone has `points.threads`; what it writes is the same if that is 1.
    """
    return settings.model_copy(update={"points": settings.points.model_copy(update={"threads": 1})})


def cells_of(settings: Settings, comparison: str) -> list[Cell]:
    """The runs of a comparison; settings: those of `settings_of_comparison`.

    optimizers (R3): every variant of the recipe with every optimizer, over so many of the seeds as that takes at the
    chosen scale. full_batch (R1): every variant with its own optimizer over its seeds. Those with the most updates a
    step come first, so that no worker is left alone with a long run at the end. Raises `UserError` for a variant of R1
    without an optimizer.
    """
    recipe, own = settings.points.chosen_recipe(), settings.comparison
    if comparison == FULL_BATCH:
        cells = []
        for name, variant in recipe.variants.items():
            if variant.optimizer is None:
                key = f"points.recipes.{FULL_BATCH}.variants.{name}.optimizer"
                raise UserError(f"{key} is null; R1's comparison needs one of its own")
            cells += [Cell(name, variant.optimizer, seed) for seed in own.full_batch_seeds]
    else:
        runs = getattr(own.runs, settings.scale)
        cells = [
            Cell(name, optimizer, seed)
            for name in recipe.variants
            for optimizer in own.optimizers
            for seed in own.seeds[: runs.get(optimizer)]
        ]
    return sorted(cells, key=lambda cell: -recipe.variants[cell.variant].critic_steps)


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


def save_run(model: Path, samples: Path, run: TrainedRun) -> None:
    """Write a run's model file, if it has one, and its snapshots; these come last, so where they are all is there."""
    if run.generator is not None:
        cell = run.cell
        facts = {"dataset": "points", "variant": cell.variant, "optimizer": cell.optimizer, "seed": cell.seed}
        save_model(model, {"generator": run.generator}, facts)
    diverged = np.array(run.generator is None)
    write_arrays(samples, {"epoch": run.epoch, "samples": run.samples, "diverged": diverged})


def save_runs(models: Path, samples: Path, runs: Iterable[TrainedRun]) -> None:
    """Write each run's two files into these folders, which are there afterwards even if all runs diverged."""
    models.mkdir(parents=True, exist_ok=True)
    for run in runs:
        save_run(*run_files(models, samples, run.cell.name), run)


def load_run(model: Path, samples: Path, cell: Cell) -> TrainedRun:
    """The run of `cell` that `save_run` wrote. Raises `UserError` if a file is missing or cannot be read."""
    arrays = read_arrays(samples, {"epoch": 1, "samples": 3, "diverged": 0})
    generator = None if arrays["diverged"] else load_model(model, ("generator",), sample_shape=(2,))["generator"]
    return TrainedRun(cell, generator, arrays["epoch"], arrays["samples"])


def load_runs(models: Path, samples: Path, cells: Iterable[Cell]) -> list[TrainedRun]:
    """The runs of `cells` that `save_runs` wrote. Raises `UserError` as `load_run`."""
    return [load_run(*run_files(models, samples, cell.name), cell) for cell in cells]


def run_files(models: Path, samples: Path, name: str) -> tuple[Path, Path]:
    """The two files of the run called `name` in these folders."""
    return models / f"{name}.safetensors", samples / f"{name}.npz"
