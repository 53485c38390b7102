"""A small exploration of a latent space, as several tests want it."""

from typing import Any

from conftest import ROOT

from saddle.config import load_settings
from saddle.config.sefa import SefaSettings

SMALL: dict[str, Any] = {
    "num_samples": 2,
    "num_semantics": 3,
    "start": -3.0,
    "stop": 3.0,
    "steps": 3,
    "sampler": "numpy",
    "measure_samples": 10,
    "random_directions": 19,
    "random_samples": 10,
}


def small_sefa(**changes: Any) -> SefaSettings:
    """The settings of params.yaml with two samples along three directions; changes: other values."""
    return load_settings(ROOT / "params.yaml").sefa.model_copy(update={**SMALL, **changes})
