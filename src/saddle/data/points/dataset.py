"""The 2-D point set: reading a MATLAB file and checking it; which points train, and which judge the fit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray
from scipy.io.matlab import MatlabOpaque

from saddle.core.randomness import numpy_rng
from saddle.data.points.builtin import fresh_points
from saddle.errors import UserError, reason

Points = NDArray[np.float64]

# What else than real numbers a variable may hold, by NumPy's letter for it.
KINDS = {"U": "text", "O": "a cell array", "V": "a struct", "c": "complex numbers"}
# So many samples of real points, none of which shares a point with another, tell what a perfect generator could reach.
FLOOR_SAMPLES = 60


def read_points(path: str | Path, variable: str) -> Points:
    """The points in `variable` of the MATLAB file `path`, shape (n, 2), float64.

    Raises `UserError` if the file is missing, damaged, not a MATLAB file of version 7 or older, or has no such
    variable, and if the variable is not an n x 2 matrix of finite real numbers that are not all the same.
    """
    path = Path(path)
    variables = _read(path)
    if variable not in variables:
        present = ", ".join(sorted(variables)) or "none"
        raise UserError(f"{path}: has no variable {variable!r}; it holds: {present} (set points.variable)")
    name, values = f"{path}: variable {variable!r}", variables[variable]
    if (kind := _kind(values)) is not None:
        raise UserError(f"{name} holds {kind}; expected an n x 2 matrix of real numbers")
    if values.ndim != 2 or values.shape[1] != 2:
        hint = "; it is 2 x n, so transpose it: one point a row" if len(values) == values.ndim == 2 else ""
        raise UserError(f"{name} is {' x '.join(map(str, values.shape))}; expected n x 2{hint}")
    points: Points = values.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise UserError(
            f"{name} has NaN or infinity in {bad.size} of its {len(points)} rows, the first is row {bad[0] + 1}"
        )
    if len(points) > 1 and (points == points[0]).all():
        raise UserError(f"{name} holds {len(points)} times the same point; expected points that differ")
    return points


def _read(path: Path) -> dict[str, Any]:
    """The variables of a MATLAB file, by name, as SciPy has them."""
    if not path.is_file():
        found = "not a file" if path.exists() else "no such file"
        raise UserError(f"{path}: {found}; put a MATLAB file with the points there (points.file)")
    try:
        content = scipy.io.loadmat(path)
    except NotImplementedError:
        raise UserError(
            f"{path}: a MATLAB 7.3 (HDF5) file; save it as version 7 or older: save('{path.name}', '-v7') in MATLAB"
        ) from None
    except Exception as error:  # SciPy has many types of errors for damaged files
        if path.read_bytes().startswith(b"# Created by Octave"):
            raise UserError(f"{path}: Octave's text format; save it as MATLAB's: save -v7 {path.name}") from None
        raise UserError(
            f"{path}: not a MATLAB file of version 7 or older, or a damaged one of {path.stat().st_size:,} bytes "
            f"({reason(error)})"
        ) from None
    # MATLAB's own objects, such as a table, stand under another name than their own.
    return {
        value[0]["s0"].decode() if isinstance(value, MatlabOpaque) else name: value
        for name, value in content.items()
        if not name.startswith("__")
    }


def _kind(values: Any) -> str | None:
    """What a variable holds in place of real numbers, in words; None if it holds such numbers."""
    if isinstance(values, MatlabOpaque):
        return f"a {values[0]['s2'].decode()}"
    if scipy.sparse.issparse(values):
        return "a sparse matrix"
    return KINDS.get(values.dtype.kind)


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

    The rest judges the fit, so at least two points must remain. Raises `UserError` if n < train_size + 2. variable: its
    name in the file. source: what the error calls the file.
    """
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
