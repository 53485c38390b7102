"""The 2-D point set: reading a MATLAB file and checking it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray
from scipy.io.matlab import MatlabOpaque

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
