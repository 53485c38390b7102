"""The 2-D point set: reading a MATLAB file and checking it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from saddle.data.points import mat4, mat5
from saddle.data.points.mat_error import MatError
from saddle.errors import UserError, shortened

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# A version 7.3 file is HDF5 behind a 512-byte MATLAB header.
HDF5_OFFSETS = (0, 512)

Points = NDArray[np.float64]
T = TypeVar("T")

# MATLAB's classes: numbers, and what others are called here.
NUMBERS = {"double", "single", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
KINDS = {"char": "text", "cell": "a cell array", "struct": "a struct", "sparse": "a sparse matrix"}
# A file of a megabyte can be unpacked to thousands; nobody draws more points than this.
MOST_POINTS = 10_000_000
LARGEST = 1e100
LISTED = 10  # how many variables an error names
MAT5_SIGNATURE = b"MATLAB 5.0"


def read_points(path: str | Path, variable: str) -> Points:
    """The points in `variable` of the MATLAB file `path`, shape (n, 2), float64.

    Nothing but this variable is read, and its kind and shape are known before its content is. Raises `UserError` if the
    file is missing, empty, damaged, not a MATLAB file of version 7 or older, or has no such variable or has it twice,
    and if the variable is not an n x 2 matrix of finite real numbers, at most MOST_POINTS of them, that are not all the
    same.
    """
    path = Path(path)
    _check_format(path)
    mat: Any = mat5 if _is_version_5(path) else mat4
    held = _reading(path, lambda: mat.variables(path))
    found = held[_place(path, variable, [one.name for one in held])]
    name = f"{path}: variable {shortened(variable)!r}"
    _check_kind(name, found.kind, found.is_complex)
    _check_shape(name, found.shape)
    points: Points = _reading(path, lambda: mat.real_numbers(path, found))
    _check_values(name, points)
    return points


def _check_format(path: Path) -> None:
    try:
        missing = not path.exists()
    except OSError as error:
        raise UserError(f"points.file is {shortened(path)!r}: {error.strerror}; it must name a MATLAB file") from None
    if missing:
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
    if not head.startswith(MAT5_SIGNATURE) and b"\0" not in head[:4]:
        raise UserError(f"{path}: not a MATLAB file: it does not begin with {MAT5_SIGNATURE.decode()!r}")


def _is_version_5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAT5_SIGNATURE)) == MAT5_SIGNATURE


def _place(path: Path, variable: str, names: Sequence[str]) -> int:
    """Where `variable` is in `names`."""
    count = names.count(variable)
    if count == 1:
        return names.index(variable)
    shown = shortened(variable)
    if count:
        raise UserError(f"{path}: has {count} variables {shown!r}; expected one: save it again")
    others = sorted({name for name in names if name})
    more = f" and {len(others) - LISTED} more" if len(others) > LISTED else ""
    present = ", ".join(shortened(name) for name in others[:LISTED]) or "none"
    raise UserError(f"{path}: has no variable {shown!r}; it holds: {present}{more} (set points.variable)")


def _reading(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except MatError as error:
        raise UserError(
            f"{path}: damaged or truncated MATLAB file of {path.stat().st_size} bytes "
            f"({shortened(error, 200)}); copy it again"
        ) from None


def _check_kind(name: str, kind: str, is_complex: bool) -> None:
    if kind not in NUMBERS or is_complex:
        found = "complex numbers" if kind in NUMBERS else KINDS.get(kind, f"type {kind}")
        raise UserError(f"{name} holds {found}; expected an n x 2 matrix of real numbers")


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
