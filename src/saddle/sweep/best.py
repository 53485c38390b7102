"""Which of a sweep's settings came out best, and the command that makes an experiment of them."""

import shlex
from collections.abc import Mapping, Sequence

import numpy as np

from saddle.sweep.grid import Row
from saddle.sweep.work import Measured

# By experiment: the metric in which the lowest is best, and the stage that ends with it.
METRICS = {"points": ("w2_ratio", "evaluate_points"), "mnist": ("fid", "evaluate_mnist")}


def best(rows: Sequence[Row], known: Mapping[int, Measured]) -> str | None:
    """Two lines: the settings with the lowest mean over their seeds, and `dvc exp run` with them.

    known: what the runs have come to, by the row's number. Settings of which a run diverged or is not known do not
    take part: they cannot be relied upon, or not yet. None if no others are left. Of equals, the first.
    """
    if not rows:
        return None
    metric, stage = METRICS[rows[0].experiment]
    values_of: dict[int, list[float | None]] = {}
    first_of: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows):
        first = first_of.setdefault((row.variant, *row.changes.values()), number)
        measured = known.get(number)
        values_of.setdefault(first, []).append(None if measured is None else measured.get(metric))
    complete = {first: np.array(values) for first, values in values_of.items() if None not in values}
    if not complete:
        return None
    first = min(complete, key=lambda number: float(complete[number].mean()))
    row, values = rows[first], complete[first]
    name = " ".join([row.variant, *(f"{key}={text}" for key, text in row.changes.items())])
    several = f", the mean of {len(values)} seeds ({values.min():.4g} to {values.max():.4g})" if len(values) > 1 else ""
    # The seed too would be the luckiest of a few, so the experiment has that of params.yaml.
    changes = " ".join(f"-S {shlex.quote(f'{key}={text}')}" for key, text in row.changes.items())
    command = " ".join(filter(None, ["dvc exp run", changes, f"{stage}@{row.variant}"]))
    return f"lowest {metric}: {name}, {values.mean():.4g}{several}\nas an experiment: {command}"
