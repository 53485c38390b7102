"""Which points train, and which judge the fit."""

from dataclasses import dataclass
from pathlib import Path

from saddle.core.randomness import numpy_rng
from saddle.data.points.builtin import fresh_points
from saddle.data.points.reading import Points
from saddle.errors import UserError

# So many samples of real points, none of which shares a point with another, tell what a perfect generator could reach.
FLOOR_SAMPLES = 60


@dataclass(frozen=True)
class Split:
    """train: (n, 2), what trains. test: (m, 2), what the fit is judged on.

    others: (k, 2), real points of which none is in `test`: how far samples of them are from it is what a perfect
    generator could reach. They are drawn afresh from the same distribution where the points are the project's own; of
    other data there are only those that train.
    """

    train: Points
    test: Points
    others: Points


def held_out(points: Points, variable: str, train_size: int, seed: int, source: str | Path) -> Split:
    """Shuffle `points` (n, 2) and split them into `train_size` for training and the rest, held out (R3).

    The rest judges the fit, so at least two points must remain. Raises `UserError` if n < train_size + 2 or if
    train_size is below 1. variable: its name in the file. source: what the error calls the file.
    """
    if train_size < 1:
        raise UserError(f"points.train_size is {train_size}; it must be at least 1")
    if len(points) < train_size + 2:
        raise UserError(
            f"{source}: found {len(points)} points, too few for points.train_size {train_size} and 2 held out; "
            f"give more points or set points.train_size to at most {max(len(points) - 2, 0)}"
        )
    order = numpy_rng(seed, "points split").permutation(len(points))
    train, test = points[order[:train_size]], points[order[train_size:]]
    fresh = _fresh_others(points, variable, len(test), seed)
    return Split(train, test, train if fresh is None else fresh)


def none_held_out(points: Points, variable: str, count: int, seed: int, source: str | Path) -> Split:
    """All `points` (n, 2) train (R1); the fit is judged on `count` others, or on half of n if that is less.

    They are drawn afresh from the same distribution where the points are the project's own. Of other data there are
    none: then a random share of the training points themselves judges the fit, which a network that had learned them by
    heart would match too well. Raises `UserError` for fewer than 4 points. variable, source: as in `held_out`.
    """
    if len(points) < 4:
        raise UserError(f"{source}: found {len(points)} points; expected at least 4")
    order = numpy_rng(seed, "points order").permutation(len(points))
    train, count = points[order], min(count, len(points) // 2)
    fresh = fresh_points(points, variable, count, numpy_rng(seed, "fresh points to judge by"))
    others = _fresh_others(points, variable, count, seed)
    if fresh is None or others is None:
        return Split(train, train[:count], train[count:])
    return Split(train, fresh, others)


def _fresh_others(points: Points, variable: str, count: int, seed: int) -> Points | None:
    return fresh_points(points, variable, FLOOR_SAMPLES * count, numpy_rng(seed, "fresh points for the floor"))
