"""The 2-D point set: reading a MATLAB file and checking it."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.io
from numpy.typing import NDArray

from saddle.errors import UserError

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# A version 7.3 file is HDF5 behind a 512-byte MATLAB header.
HDF5_OFFSETS = (0, 512)

Points = NDArray[np.float64]
T = TypeVar("T")

# SciPy's names of MATLAB's classes: numbers, and what others are called here.
NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
KINDS = {"char": "text", "cell": "a cell array", "struct": "a struct", "sparse": "a sparse matrix"}
# A file of a megabyte can be unpacked to thousands; nobody draws more points than this.
MOST_POINTS = 10_000_000
LARGEST = 1e100


def read_points(path: str | Path, variable: str) -> Points:
    """The points in `variable` of the MATLAB file `path`, shape (n, 2), float64.

    Nothing but this variable is read, and its kind and shape are known before its content is. Raises `UserError` if the
    file is missing, empty, damaged, not a MATLAB file of version 7 or older, or has no such variable, and if the
    variable is not an n x 2 matrix of finite real numbers, at most MOST_POINTS of them, that are not all the same.
    """
    path = Path(path)
    _check_format(path)
    held = _reading(path, lambda: scipy.io.whosmat(path, appendmat=False))
    shapes = {name: (shape, kind) for name, shape, kind in held}
    if variable not in shapes:
        present = ", ".join(sorted(shapes)) or "none"
        raise UserError(f"{path}: has no variable {variable!r}; it holds: {present} (set points.variable)")
    name = f"{path}: variable {variable!r}"
    _check_shape(name, *shapes[variable])
    content = _reading(path, lambda: scipy.io.loadmat(path, appendmat=False, variable_names=[variable]))
    return _checked(name, content[variable])


def _check_format(path: Path) -> None:
    if not path.exists():
        raise UserError(f"{path}: no such file; put a MATLAB file with the points there (points.file)")
    if not path.is_file():
        raise UserError(f"{path}: not a file; points.file must name a MATLAB file")
    with path.open("rb") as file:
        head = file.read(520)
    if not head:
        raise UserError(f"{path}: the file is empty; expected a MATLAB file (version 7 or older)")
    if any(head[offset : offset + 8] == HDF5_SIGNATURE for offset in HDF5_OFFSETS):
        raise UserError(
            f"{path}: a MATLAB 7.3 (HDF5) file; save it as version 7 or older: save('{path.name}', '-v7') in MATLAB"
        )
    # Version 4 has no signature: it begins with a small number, of which at least one byte is zero.
    if not head.startswith(b"MATLAB 5.0") and b"\0" not in head[:4]:
        raise UserError(f"{path}: not a MATLAB file: it does not begin with 'MATLAB 5.0'")


def _reading(path: Path, read: Callable[[], T]) -> T:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of variables that nobody asked for
            return read()
    # A damaged file makes SciPy raise many kinds of errors, depending on where it breaks off.
    except Exception as error:
        raise UserError(
            f"{path}: damaged or truncated MATLAB file of {path.stat().st_size} bytes "
            f"({' '.join(str(error).split())[:200]}); copy it again"
        ) from None


def _check_shape(name: str, shape: tuple[int, ...], kind: str) -> None:
    if kind not in NUMBERS:
        found = KINDS.get(kind, f"type {kind}")
        raise UserError(f"{name} holds {found}; expected an n x 2 matrix of real numbers")
    if len(shape) != 2 or shape[1] != 2:
        transposed = len(shape) == 2 and shape[0] == 2
        hint = "; it is 2 x n, so transpose it: one point a row" if transposed else ""
        raise UserError(f"{name} is {' x '.join(map(str, shape))}; expected n x 2{hint}")
    if shape[0] > MOST_POINTS:
        raise UserError(f"{name} holds {shape[0]:,} points; allowed: at most {MOST_POINTS:,}")


def _checked(name: str, value: Any) -> Points:
    if np.iscomplexobj(value):
        raise UserError(f"{name} holds complex numbers; expected an n x 2 matrix of real numbers")
    points = np.asarray(value, np.float64)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise UserError(
            f"{name} has NaN or infinity in {bad.size} of its {len(points)} rows, the first is row {bad[0] + 1}"
        )
    if len(points) and np.abs(points).max() > LARGEST:
        raise UserError(f"{name} holds {np.abs(points).max():.3g}; allowed: at most {LARGEST:g}, or squares overflow")
    if len(points) > 1 and (points == points[0]).all():
        raise UserError(f"{name} holds {len(points)} times the same point; expected points that differ")
    return points
