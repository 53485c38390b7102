"""Which way is better, metric by metric: the one table of it. The metrics' own docstrings say why."""

from collections.abc import Callable
from dataclasses import dataclass

from saddle.reporting.markdown import code


@dataclass(frozen=True)
class Direction:
    """How the values of a metric are ranked. sign: what stands beside its name. badness: lower for better values."""

    sign: str
    badness: Callable[[float], float]


def nearer(target: float) -> Direction:
    """Better the nearer to `target`, from either side."""
    return Direction(f"→ {target:g}", lambda value: abs(value - target))


LOWER = Direction("↓", lambda value: value)
HIGHER = Direction("↑", lambda value: -value)

# Metrics that are not here are neutral. w2_floor is about the data. d_real and d_fake are 0.5 at a GAN's equilibrium,
# but also for two networks that have learned nothing.
DIRECTIONS = {
    "w2": LOWER,
    "w2_ratio": LOWER,
    "sliced_w2": LOWER,
    "mmd": LOWER,
    "energy": LOWER,
    "width_ratio": nearer(1),
    "epochs_to_fit": LOWER,
    "relapse_rate": LOWER,
    "stability": LOWER,
    "progress": HIGHER,
    "diverged": LOWER,
    "never_fitted": LOWER,
    "fid": LOWER,
    "kid": LOWER,
    "precision": HIGHER,
    "recall": HIGHER,
    "density": nearer(1),
    "coverage": HIGHER,
    "inception_score": HIGHER,
    "class_entropy": HIGHER,
    "memorization": nearer(1),
    "digit_share": HIGHER,
    "test_accuracy": HIGHER,
}

# For these, null is not an unknown value but the worst one, and has a word of its own.
WORST_IF_NULL = {"epochs_to_fit": "never"}


def direction_of(metric: str) -> Direction | None:
    """The direction of a metric by its name, or by the last part of a dotted one; None if neither way is better."""
    return DIRECTIONS.get(own_name(metric))


def heading(metric: str) -> str:
    """A metric's name as code, and which way it is better."""
    direction = direction_of(metric)
    return f"{code(metric)} {direction.sign}" if direction else code(metric)


def word_for_null(metric: str) -> str | None:
    """What null means for `metric` where it is its worst value; None where it only says that there is no value."""
    return WORST_IF_NULL.get(own_name(metric))


def own_name(metric: str) -> str:
    """The last part of a dotted name."""
    return metric.rsplit(".", 1)[-1]
