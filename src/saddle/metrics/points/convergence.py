"""Figures about a whole run, from one distance a snapshot."""

from collections.abc import Sequence

import numpy as np

# A single snapshot below the threshold may be chance in a run that swings.
IN_A_ROW = 3


def epochs_to_fit(epochs: Sequence[float], ratios: Sequence[float], threshold: float) -> float | None:
    """The epoch of the first of three snapshots in a row whose ratio is below `threshold`; lower is better.

    epochs, ratios: of each snapshot in order of time, its W2 over the floor. None if the run never fits. Whether it
    stays there is another question: see `relapse_rate`.
    """
    first = _first_fit(ratios, threshold)
    return None if first is None else epochs[first]


def relapse_rate(ratios: Sequence[float], threshold: float) -> float | None:
    """The share of the snapshots after the fit whose ratio is not below `threshold`; range [0, 1], lower is better.

    Those three that make the fit (see `epochs_to_fit`) are not counted. 0 if the run ends with the fit, None if it
    never fits.
    """
    first = _first_fit(ratios, threshold)
    if first is None:
        return None
    later = ratios[first + IN_A_ROW :]
    return sum(not ratio < threshold for ratio in later) / len(later) if later else 0.0


def _first_fit(ratios: Sequence[float], threshold: float) -> int | None:
    """The first index from which three ratios in a row are below `threshold`."""
    for first in range(len(ratios) - IN_A_ROW + 1):
        if all(ratio < threshold for ratio in ratios[first : first + IN_A_ROW]):
            return first
    return None


def stability(distances: Sequence[float]) -> float:
    """How much a distance swings over the last fifth of the snapshots (at least two of them), from one to the next.

    sqrt(mean (d_{i+1} - d_i)^2 / 2): the standard deviation where the values scatter about a level, and hardly anything
    where they follow a slow trend, which is no swing. Von Neumann et al., The Mean Square Successive Difference, 1941.
    In the units of the distances, range [0, inf); lower is better.
    """
    last = max(2, round(len(distances) / 5))
    steps = np.diff(np.asarray(distances[-last:], np.float64))
    return float(np.sqrt(np.mean(steps**2) / 2))


def progress(start: float, end: float, floor: float) -> float | None:
    """The share of the way from the start to a perfect fit that a run has covered: (start - end) / (start - floor).

    start, end: the distances before the first step and after the last. floor: what a perfect generator would reach.
    0 if it is where it was, 1 if it fits, negative if it is further away; None if it began at the floor.
    """
    return (start - end) / (start - floor) if start > floor else None
