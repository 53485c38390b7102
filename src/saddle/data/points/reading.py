"""The 2-D point set: reading a MATLAB file and checking it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from saddle.errors import UserError

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# A version 7.3 file is HDF5 behind a 512-byte MATLAB header.
HDF5_OFFSETS = (0, 512)


Points = NDArray[np.float64]


def read_points(path: str | Path, variable: str) -> Points:
    """The points in `variable` of the MATLAB file `path`, shape (n, 2), float64.

    Raises `UserError` if the file is missing, empty, damaged, not a MATLAB file of version 7 or older, or has no such
    variable, and if the variable is not an n x 2 matrix of finite real numbers.
    """
    path = Path(path)
    content = _read_matlab(path)
    if variable not in content:
        present = ", ".join(sorted(content)) or "none"
        raise UserError(f"{path}: has no variable {variable!r}; it holds: {present} (set points.variable)")
    return _checked(f"{path}: variable {variable!r}", content[variable])


def _read_matlab(path: Path) -> Mapping[str, Any]:
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
    if not head.startswith(b"MATLAB 5.0"):
        raise UserError(f"{path}: not a MATLAB file: it does not begin with 'MATLAB 5.0'")
    try:
        content = scipy.io.loadmat(path, appendmat=False)
    # A damaged file makes SciPy raise many kinds of errors, depending on where it breaks off.
    except Exception as error:
        raise UserError(
            f"{path}: damaged or truncated MATLAB file of {path.stat().st_size} bytes ({error}); copy it again"
        ) from None
    return {name: value for name, value in content.items() if not name.startswith("__")}


def _checked(name: str, value: Any) -> NDArray[np.float64]:
    if not isinstance(value, np.ndarray):
        raise UserError(f"{name} is a {type(value).__name__}; expected an n x 2 matrix of real numbers")
    if value.dtype.kind == "c":
        raise UserError(f"{name} holds complex numbers; expected an n x 2 matrix of real numbers")
    if value.dtype.kind not in "fiu":
        kinds = {"U": "text", "S": "text", "O": "a cell array", "V": "a struct"}
        found = kinds.get(value.dtype.kind, f"type {value.dtype}")
        raise UserError(f"{name} holds {found}; expected an n x 2 matrix of real numbers")
    if value.ndim != 2 or value.shape[1] != 2:
        shape = " x ".join(map(str, value.shape))
        transposed = value.ndim == 2 and value.shape[0] == 2
        hint = "; it is 2 x n, so transpose it: one point a row" if transposed else ""
        raise UserError(f"{name} is {shape}; expected n x 2{hint}")
    points = value.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise UserError(
            f"{name} has NaN or infinity in {bad.size} of its {len(points)} rows, the first is row {bad[0] + 1}"
        )
    if len(points) > 1 and (points == points[0]).all():
        raise UserError(f"{name} holds {len(points)} times the same point; expected points that differ")
    return points
