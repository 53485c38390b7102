"""Writing metrics so that their differences can be read."""

import math
from collections.abc import Mapping
from pathlib import Path

from saddle.core.files import write_json


def rounded(value: float) -> float | None:
    """Six significant digits: more would be noise in a diff. None for NaN and infinity, which JSON has not."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def write_metrics(path: str | Path, metrics: Mapping[str, float | str | None]) -> None:
    """Write `metrics` as JSON, numbers with six significant digits.

    Raises:
        ValueError: If one is not finite.
    """
    bad = [name for name, value in metrics.items() if isinstance(value, float) and not math.isfinite(value)]
    if bad:
        raise ValueError(f"{bad[0]} is {metrics[bad[0]]}; a metric that has no value is None")
    write_json(path, {name: rounded(value) if isinstance(value, float) else value for name, value in metrics.items()})
