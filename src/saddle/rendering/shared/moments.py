"""Which moments of a run to show, and what to call them."""

from collections.abc import Sequence

import numpy as np


def moments(length: int, count: int) -> list[int]:
    """At most `count` indices below `length`: the first, the last, and closer together at the beginning.

    There a run changes fast.
    """
    chosen: list[int] = np.unique(np.geomspace(1, length, count).round().astype(int) - 1).tolist()
    return chosen


def time_titles(epochs: Sequence[float], steps: Sequence[int]) -> list[str]:
    """What to call the moments: by their epochs where all are whole, else by their steps."""
    if all(float(epoch).is_integer() for epoch in epochs):
        return [f"epoch {epoch:.0f}" for epoch in epochs]
    return step_titles(steps)


def step_titles(steps: Sequence[int]) -> list[str]:
    """What to call the moments by their steps."""
    return [f"step {step:,}" for step in steps]
