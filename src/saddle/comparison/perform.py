"""Performing one run of a comparison, and naming it so that an interrupted comparison can go on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import saddle
from saddle.comparison.runs import Cell, Run
from saddle.config import Settings, Variant
from saddle.core.model_file import load_model
from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.experiments.identity import identity
from saddle.experiments.points.training import train_points
from saddle.files import read_arrays
from saddle.metrics.points.measuring import Points, Protocol, w2_of_draws, w2_over_time
from saddle.training.fit import DivergenceError


@dataclass(frozen=True)
class Trained:
    """What a comparison measures of a run: the final generator on the CPU, and the snapshots (see `Run`)."""

    generator: Generator
    epoch: NDArray[np.float64]
    samples: NDArray[np.float32]


def perform(settings: Settings, cell: Cell, train: Points, test: Points, protocol: Protocol, data: Path) -> Run:
    """Train and measure one cell: the same loop and the same figures as the stages of a single run.

    data: the folder in which those stages leave their runs; one that is the same run is measured and not repeated.
    """
    chosen = chosen_settings(settings, cell)
    try:
        trained = finished(chosen, cell.variant, train, len(test), data) or _trained(chosen, cell.variant, train, test)
    except DivergenceError:
        nothing = np.empty(0)
        return Run(cell, nothing, nothing, np.empty((0, 0, 2), np.float32), float("nan"), True)
    return Run(
        cell,
        trained.epoch,
        np.array(w2_over_time(list(trained.samples), test, protocol)),
        trained.samples,
        float(np.mean(w2_of_draws(trained.generator, test, protocol, cell.seed))),
        False,
    )


def chosen_settings(settings: Settings, cell: Cell) -> Settings:
    """`settings` as if `cell` were the only run."""
    return settings.model_copy(update={"optimizer": cell.optimizer, "seed": cell.seed})


def finished(settings: Settings, variant: Variant, train: Points, held_out: int, data: Path) -> Trained | None:
    """The run with these settings if stage train_points left the very same in `data`, else None."""
    try:
        model = load_model(data / f"models/points/{variant}.safetensors", ("generator",))
        snapshots = read_arrays(data / f"samples/points/{variant}.npz", ("epoch", "samples", "identity"))
    except UserError:
        return None
    wanted = identity(settings, variant, train, held_out)
    if model.facts.get("identity") != wanted or str(snapshots["identity"]) != wanted:
        return None
    return Trained(model["generator"], snapshots["epoch"], snapshots["samples"])


def _trained(settings: Settings, variant: Variant, train: Points, test: Points) -> Trained:
    run = train_points(settings, variant, train, len(test), quiet=True)
    return Trained(run.generator.cpu(), np.array(run.snapshots.epoch), np.stack(run.snapshots.samples))


def fingerprint(settings: Settings, cell: Cell, train: Points, test: Points, protocol: Protocol) -> str:
    """Changes whenever the run's result could: its training, the data, the protocol, the project's code."""
    run = identity(chosen_settings(settings, cell), cell.variant, train, len(test))
    digest = hashlib.sha256(json.dumps([run, asdict(protocol)], sort_keys=True).encode())
    digest.update(test.tobytes())
    assert saddle.__file__ is not None
    for path in sorted(Path(saddle.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def store_path(folder: Path, cell: Cell, mark: str) -> Path:
    """Where a finished run waits for the others."""
    return folder / f"{cell.name}-{mark}.npz"
