"""The runs of a comparison, and their files."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from saddle.config import Optimizer, Settings, Variant
from saddle.errors import UserError
from saddle.files import read_arrays, write_arrays

ARRAYS = ("epoch", "w2_over_time", "samples", "w2", "diverged")


@dataclass(frozen=True, order=True)
class Cell:
    """Which run it is."""

    variant: Variant
    optimizer: Optimizer
    seed: int

    @property
    def name(self) -> str:
        """As the progress bar and the store call it."""
        return f"{self.variant}-{self.optimizer}-{self.seed}"


@dataclass(frozen=True)
class Run:
    """What is kept of a run.

    epoch, w2_over_time: one a snapshot; samples: (snapshots, n, 2); w2: mean over the protocol's draws of the final
    generator. A run that diverged has no snapshots and its w2 is NaN.
    """

    cell: Cell
    epoch: NDArray[np.float64]
    w2_over_time: NDArray[np.float64]
    samples: NDArray[np.float32]
    w2: float
    diverged: bool


def cells(settings: Settings) -> list[Cell]:
    """All runs of the comparison, the longest first, so that no worker is left with one at the end."""
    comparison, points = settings.comparison, settings.points

    def cost(cell: Cell) -> int:
        return -points.variant(cell.variant).critic_steps

    variants = cast(tuple[Variant, ...], tuple(type(points.variants).model_fields))
    listed = [
        Cell(variant, optimizer, seed)
        for variant in variants
        for optimizer in comparison.optimizers
        for seed in comparison.seeds
    ]
    return sorted(listed, key=cost)


def run_path(folder: Path, cell: Cell) -> Path:
    """The file of a run of a comparison that is complete."""
    return folder / f"{cell.name}.npz"


def save_run(path: Path, run: Run) -> None:
    """Write `run`; whole or not at all."""
    content = asdict(run)
    write_arrays(path, {name: np.asarray(content[name]) for name in ARRAYS})


def load_run(path: Path, cell: Cell) -> Run | None:
    """The stored run of `cell`, or None if there is none that can be read."""
    try:
        arrays = read_arrays(path, ARRAYS)
    except UserError:
        return None
    return Run(
        cell,
        arrays["epoch"],
        arrays["w2_over_time"],
        arrays["samples"],
        float(arrays["w2"]),
        bool(arrays["diverged"]),
    )
