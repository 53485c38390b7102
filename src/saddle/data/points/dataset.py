"""The 2-D point set: reading a MATLAB file and checking it; which points train, and which judge the fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray
from scipy.io.matlab import MatlabOpaque

from saddle.core.randomness import numpy_rng
from saddle.data.points.builtin import fresh_points
from saddle.errors import UserError, reason, shortened

Points = NDArray[np.float64]

# MATLAB's classes: numbers, and what others are called here.
NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
KINDS = {"char": "text", "cell": "a cell array", "struct": "a struct", "sparse": "a sparse matrix"}
# The classes by NumPy's kind of an array; numbers are not told apart.
CLASSES = {"U": "char", "O": "cell", "V": "struct"}
# A file of a megabyte can be unpacked to thousands; nobody draws more points than this.
MOST_POINTS = 10_000_000
LARGEST = 1e100
LISTED = 10  # how many variables an error names
# So many samples of real points, none of which shares a point with another, tell what a perfect generator could reach.
FLOOR_SAMPLES = 60


def read_points(path: str | Path, variable: str) -> Points:
    """The points in `variable` of the MATLAB file `path`, shape (n, 2), float64.

    Its class and shape are known before its content is read. Raises `UserError` if the file is missing, empty, damaged,
    not a MATLAB file of version 7 or older, or has no such variable, and if the variable is not an n x 2 matrix of
    finite real numbers, at most MOST_POINTS of them, that are not all the same.
    """
    path = Path(path)
    _check_file(path)
    with _failures_of(path):
        held = {name: (shape, kind) for name, shape, kind in _listed(path)}
    if variable not in held:
        others = sorted(held)
        more = f" and {len(others) - LISTED} more" if len(others) > LISTED else ""
        present = ", ".join(shortened(name) for name in others[:LISTED]) or "none"
        raise UserError(
            f"{path}: has no variable {shortened(variable)!r}; it holds: {present}{more} (set points.variable)"
        )
    name, (shape, kind) = f"{path}: variable {shortened(variable)!r}", held[variable]
    if kind not in NUMBERS:
        raise _wrong_kind(name, KINDS.get(kind, f"a {kind}"))
    _check_shape(name, shape)
    with _failures_of(path):
        values = scipy.io.loadmat(path, variable_names=[variable])[variable]
    # Neither shows in the class of a variable that is marked as logical or as double.
    if not isinstance(values, np.ndarray) or np.iscomplexobj(values):
        raise _wrong_kind(name, "complex numbers" if isinstance(values, np.ndarray) else "a sparse matrix")
    points: Points = values.astype(np.float64)
    _check_values(name, points)
    return points


def _check_file(path: Path) -> None:
    if not path.exists():
        raise UserError(f"{path}: no such file; put a MATLAB file with the points there (points.file)")
    if not path.is_file():
        raise UserError(f"{path}: not a file; points.file must name a MATLAB file")
    if not path.stat().st_size:
        raise UserError(f"{path}: the file is empty; expected a MATLAB file (version 7 or older)")


@contextmanager
def _failures_of(path: Path) -> Iterator[None]:
    """Tell of what SciPy raises as one line; it has many types of errors for damaged files."""
    try:
        yield
    except NotImplementedError:
        raise UserError(
            f"{path}: a MATLAB 7.3 (HDF5) file; save it as version 7 or older: save('{path.name}', '-v7') in MATLAB"
        ) from None
    except Exception as error:
        raise UserError(
            f"{path}: not a MATLAB file of version 7 or older, or a damaged one of {path.stat().st_size:,} bytes "
            f"({reason(error)})"
        ) from None


def _listed(path: Path) -> list[tuple[str, tuple[int, ...], str]]:
    """Name, shape and class of each variable."""
    try:
        return list(scipy.io.whosmat(path))
    except TypeError:
        # SciPy cannot list what a file holds if a table, a string or a datetime is among it, but it can read it.
        content = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
    return [_described(name, value) for name, value in content.items()]


def _described(name: str, value: Any) -> tuple[str, tuple[int, ...], str]:
    if isinstance(value, MatlabOpaque):
        return value[0]["s0"].decode(), (), value[0]["s2"].decode()
    return name, value.shape, CLASSES.get(value.dtype.kind, "double")


def _wrong_kind(name: str, found: str) -> UserError:
    return UserError(f"{name} holds {found}; expected an n x 2 matrix of real numbers")


def _check_shape(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[1] != 2:
        transposed = len(shape) == 2 and shape[0] == 2
        hint = "; it is 2 x n, so transpose it: one point a row" if transposed else ""
        raise UserError(f"{name} is {' x '.join(map(str, shape))}; expected n x 2{hint}")
    if shape[0] > MOST_POINTS:
        raise UserError(f"{name} holds {shape[0]:,} points; allowed: at most {MOST_POINTS:,}")


def _check_values(name: str, points: Points) -> None:
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise UserError(
            f"{name} has NaN or infinity in {bad.size} of its {len(points)} rows, the first is row {bad[0] + 1}"
        )
    if len(points) and np.abs(points).max() > LARGEST:
        raise UserError(f"{name} holds {np.abs(points).max():.3g}; allowed: at most {LARGEST:g}, or squares overflow")
    if len(points) > 1 and (points == points[0]).all():
        raise UserError(f"{name} holds {len(points)} times the same point; expected points that differ")


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
