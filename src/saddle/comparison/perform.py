"""Performing one run of a comparison, and naming it so that an interrupted comparison can go on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

import saddle
from saddle.comparison.runs import Cell, Run
from saddle.config import Settings
from saddle.experiments.points import train_points
from saddle.metrics.points import Points, Protocol, w2_of_draws, w2_over_time
from saddle.training.fit import DivergenceError


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
