"""Reading `.npz` files that anyone may have written: what is inside is held against what is expected first."""

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from saddle.errors import reason, shown

Kind = Literal["float", "count", "flag", "text"]
# The types of numpy by kind. Not `longdouble`, of which PyTorch has none.
TYPES: dict[Kind, tuple[type[np.generic], ...]] = {
    "float": (np.float16, np.float32, np.float64),
    "count": (np.int64, np.int32),
    "flag": (np.bool_,),
    "text": (np.str_,),
}
# Bytes in all arrays of a file; a few kilobytes of an archive can stand for any number of zeros.
MOST_BYTES = 2**31
MOST_LETTERS = 200


class NpzError(ValueError):
    """Why a file holds not the arrays that are expected, in one line."""


@dataclass(frozen=True)
class Layout:
    """What an array must be.

    shape: a number is the length of its axis; a name stands for a length that all arrays of the file have alike where
    they have that name, at least `least`. kind: "float" for numbers, finite unless `finite` is off; "count" for whole
    numbers from 0; "flag" for true and false; "text".
    """

    shape: tuple[int | str, ...] = ()
    kind: Kind = "float"
    least: int = 1
    finite: bool = True


def read_npz(path: Path, layouts: Mapping[str, Layout]) -> dict[str, NDArray[Any]]:
    """The arrays of `path` that `layouts` names.

    No array is read before all of them are known to have their layouts' shapes and kinds, and pickled ones never are.
    Raises `NpzError`, and `OSError` if there is no such file.
    """
    if path.exists() and not path.is_file():
        raise NpzError("not a file")
    with path.open("rb") as file:
        try:
            return _arrays(file, layouts)
        except NpzError:
            raise
        except Exception as error:  # zipfile, zlib and numpy have many types of their own for damaged files
            raise NpzError(f"not a readable .npz file ({reason(error)})") from None


def _arrays(file: IO[bytes], layouts: Mapping[str, Layout]) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(file) as archive:
        lengths: dict[str, int] = {}
        size = sum(_checked(archive, name, layout, lengths) for name, layout in layouts.items())
        if size > MOST_BYTES:
            raise NpzError(f"its arrays claim {size:,} bytes; allowed: up to {MOST_BYTES:,}")
        return {name: _read(archive, name, layout) for name, layout in layouts.items()}


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The entry of the array called `name`."""
    found = [info for info in archive.infolist() if info.filename == f"{name}.npy"]
    if not found:
        names = ", ".join(info.filename.removesuffix(".npy") for info in archive.infolist()[:20])
        raise NpzError(f"has no array {name!r}; it holds {shown(names)[1:-1] or 'none'}")
    if len(found) > 1:
        raise NpzError(f"has two arrays {name!r}")
    return found[0]


def _checked(archive: zipfile.ZipFile, name: str, layout: Layout, lengths: dict[str, int]) -> int:
    """The bytes of the array called `name`, whose shape and type fit `layout`; `lengths` are the axes known so far."""
    member = _member(archive, name)
    with archive.open(member) as file:
        shape, dtype = _header(file)
        length = file.tell()
    if dtype.hasobject:
        raise NpzError(f"array {name!r} is pickled; such arrays are never read")
    if dtype.type not in TYPES[layout.kind] or not dtype.isnative or dtype.itemsize > MOST_LETTERS * 4:
        raise NpzError(f"array {name!r} is of type {shown(str(dtype))[1:-1]}; expected {_types(layout.kind)}")
    if not _fits(shape, layout, lengths):
        expected = ", ".join(
            f"{part} = {lengths[str(part)]}" if part in lengths else str(part) for part in layout.shape
        )
        least = f", each at least {layout.least}" if layout.least and expected else ""
        raise NpzError(f"array {name!r} has the shape {shown(shape)}; expected ({expected}){least}")
    size = math.prod(shape) * dtype.itemsize
    if length + size != member.file_size:
        raise NpzError(f"array {name!r} claims {size:,} bytes, but has {member.file_size - length:,}")
    return size


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and type that a `.npy` file claims. Raises `ValueError` and others if it is none."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if any(length < 0 for length in shape):
        raise NpzError(f"an array claims the shape {shown(shape)}")
    return shape, dtype


def _fits(shape: tuple[int, ...], layout: Layout, lengths: dict[str, int]) -> bool:
    """Whether `shape` is one of `layout`; if so, lengths of names that come for the first time are now in `lengths`."""
    if len(shape) != len(layout.shape):
        return False
    known = dict(lengths)
    for length, expected in zip(shape, layout.shape, strict=True):
        wanted = expected if isinstance(expected, int) else known.setdefault(expected, max(length, layout.least))
        if length != wanted:
            return False
    lengths.update(known)
    return True


def _expected(layout: Layout, lengths: Mapping[str, int]) -> str:
    """The shape of `layout` in words; lengths that another array has settled are in `lengths`."""
    parts = [
        f"{part} = {lengths[part]}" if isinstance(part, str) and part in lengths else f"{part}" for part in layout.shape
    ]
    free = any(isinstance(part, str) and part not in lengths for part in layout.shape)
    return f"({', '.join(parts)})" + (f", each at least {layout.least}" if free and layout.least else "")


def _read(archive: zipfile.ZipFile, name: str, layout: Layout) -> NDArray[Any]:
    with archive.open(_member(archive, name)) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    if layout.kind == "float" and layout.finite and not np.isfinite(array).all():
        raise NpzError(f"array {name!r} has NaN or infinity among its numbers")
    if layout.kind == "count" and array.size and array.min() < 0:
        raise NpzError(f"array {name!r} has a number below 0")
    if layout.kind == "text" and not all(str(text).isprintable() for text in array.flat):
        raise NpzError(f"array {name!r} has letters that cannot be shown")
    return array


def _types(kind: Kind) -> str:
    return ", ".join("text" if kind == "text" else each.__name__ for each in TYPES[kind])
