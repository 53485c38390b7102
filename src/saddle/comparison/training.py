"""Training one run of a comparison, and naming it so that an interrupted comparison can go on."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import saddle
from saddle.comparison.cells import Cell
from saddle.comparison.runs import TrainedRun
from saddle.config import Settings
from saddle.core.device import choose_device
from saddle.experiments.points.training import train_points
from saddle.training.fit import DivergenceError


def train_cell(settings: Settings, train: NDArray[np.float64], held_out: int, cell: Cell) -> TrainedRun:
    """Train one cell: the same loop and the same bytes as a single run.

    train: (n, 2). held_out: how many points the fit will be judged on.
    """
    try:
        run = train_points(_seeded(settings, cell), cell.variant, cell.optimizer, train, held_out, quiet=True)
    except DivergenceError:
        return TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))
    return TrainedRun(cell, run.generator.cpu(), np.array(run.snapshots.epoch), np.stack(run.snapshots.samples))


def _seeded(settings: Settings, cell: Cell) -> Settings:
    return settings.model_copy(update={"seed": cell.seed})


def run_mark(settings: Settings, train: NDArray[np.float64], held_out: int, cell: Cell) -> str:
    """16 hexadecimal digits that change whenever the result of `train_cell` could.

    They stand for the settings, the data, the device, the whole code of the project and PyTorch's version. Raises
    `UserError` as `choose_device`.
    """
    points = settings.points
    relevant = {
        "cell": cell.name,
        "device": choose_device(settings.device).type,
        "precision": settings.precision,
        "threads": points.threads,
        "recipe": points.chosen_recipe().model_dump(),
        "variant": points.variant(cell.variant).model_dump(),
        "snapshot": min(held_out, points.max_points),
        "torch": torch.__version__,
    }
    digest = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode())
    digest.update(train.tobytes())
    assert saddle.__file__ is not None
    for path in sorted(Path(saddle.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
