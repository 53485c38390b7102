"""One run of the comparison, and the store that lets an interrupted comparison go on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

import saddle
from saddle.config import Optimizer, Settings, Variant
from saddle.errors import UserError
from saddle.experiments.points import train_points
from saddle.files import read_arrays, write_arrays
from saddle.metrics.points import Protocol, w2_of_draws, w2_over_time
from saddle.training.fit import DivergenceError

Points = NDArray[np.float64]
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


def perform(settings: Settings, cell: Cell, train: Points, test: Points, protocol: Protocol) -> Run:
    """Train and measure one cell: the same loop and the same figures as the stages of a single run."""
    chosen = settings.model_copy(update={"optimizer": cell.optimizer, "seed": cell.seed})
    try:
        run = train_points(chosen, cell.variant, train, len(test), quiet=True)
    except DivergenceError:
        nothing = np.empty(0)
        return Run(cell, nothing, nothing, np.empty((0, 0, 2), np.float32), float("nan"), True)
    samples = np.stack(run.snapshots.samples)
    return Run(
        cell,
        np.array(run.snapshots.epoch),
        np.array(w2_over_time(list(samples), test, protocol)),
        samples,
        float(np.mean(w2_of_draws(run.generator.cpu(), test, protocol, cell.seed))),
        False,
    )


def fingerprint(settings: Settings, cell: Cell, train: Points, test: Points, protocol: Protocol) -> str:
    """Changes whenever the run's result could: its settings, the data, the project's code, PyTorch."""
    relevant: Mapping[str, Any] = {
        "cell": asdict(cell),
        "device": settings.device,
        "precision": settings.precision,
        "recipe": settings.points.chosen_recipe().model_dump(),
        "variant": settings.points.variant(cell.variant).model_dump(),
        "max_points": settings.points.max_points,
        "protocol": asdict(protocol),
        "torch": torch.__version__,
    }
    digest = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode())
    digest.update(train.tobytes() + test.tobytes())
    assert saddle.__file__ is not None
    for path in sorted(Path(saddle.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def store_path(folder: Path, cell: Cell, mark: str) -> Path:
    """Where a finished run waits for the others."""
    return folder / f"{cell.name}-{mark}.npz"


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
