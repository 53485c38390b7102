"""Naming a points run by all that decides its result, so that the same run need not be performed twice."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import saddle
from saddle.config import Settings, Variant
from saddle.core.device import choose_device

# The code that a run passes through; stage train_points in dvc.yaml depends on the same.
CODE = (
    "experiments/constraints.py",
    "experiments/identity.py",
    "experiments/points.py",
    "models/mlp.py",
    "models/network.py",
    "randomness.py",
    "training",
)


def identity(settings: Settings, variant: Variant, train: NDArray[np.float64], held_out: int) -> str:
    """32 hexadecimal digits that change whenever the result of `train_points` with these arguments could.

    They stand for the settings, the data, the device, the code that trains and PyTorch's version.
    Raises `UserError` as `choose_device`.
    """
    relevant = {
        "variant": variant,
        "seed": settings.seed,
        "optimizer": settings.optimizer,
        "device": choose_device(settings.device).type,
        "precision": settings.precision,
        "recipe": settings.points.chosen_recipe().model_dump(),
        "method": settings.points.variant(variant).model_dump(),
        "snapshot": min(held_out, settings.points.max_points),
        "torch": torch.__version__,
    }
    digest = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode())
    digest.update(train.tobytes())
    for path in _code():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _code() -> list[Path]:
    assert saddle.__file__ is not None
    named = [Path(saddle.__file__).parent / name for name in CODE]
    return [file for path in named for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
