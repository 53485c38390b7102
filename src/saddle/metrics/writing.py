"""Writing metrics so that their differences can be read."""

from collections.abc import Mapping
from pathlib import Path

from saddle.files import write_json


def write_metrics(path: str | Path, metrics: Mapping[str, float | str | None]) -> None:
    """Write `metrics` as JSON, numbers with six significant digits: more would be noise in a diff."""
    write_json(
        path,
        {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in metrics.items()},
    )
