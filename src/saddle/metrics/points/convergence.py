"""Figures about a whole run, from one distance a snapshot."""

from collections.abc import Sequence

import numpy as np


def epochs_to_fit(epochs: Sequence[float], ratios: Sequence[float], threshold: float) -> float | None:
    """The first snapshot's epoch from which `ratios` stay below `threshold` to the end; None if they never do.

    epochs, ratios: one each a snapshot, in order of time. Lower is better; range: the epochs given.
    """
    above = [index for index, ratio in enumerate(ratios) if not ratio < threshold]
    first = above[-1] + 1 if above else 0
    return epochs[first] if first < len(epochs) else None


def stability(distances: Sequence[float]) -> float:
    """The standard deviation of a distance over the last fifth of the snapshots, at least two of them.

    In the units of the distance, range [0, inf); lower is better: a run that has settled stays where it is.
    """
    last = max(2, round(len(distances) / 5))
    return float(np.std(np.asarray(distances[-last:], np.float64)))
