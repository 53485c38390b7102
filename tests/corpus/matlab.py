"""MATLAB files."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse

from corpus.case import Case
from saddle.data.points.reading import read_points

HEADER = b"MATLAB 5.0".ljust(124) + b"\0\1IM"
FLAGS = struct.pack("<4I", 6, 8, 6, 0)
SHAPE = struct.pack("<2I2i", 5, 8, 3, 2)
NAME = struct.pack("<2I", 1 | 2 << 16, 0x7878)
VALUES = struct.pack("<2I6d", 9, 48, *range(6))
DEEP = 3000


def meet(path: Path) -> object:
    return read_points(path, "xx")


def saved(**variables: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        scipy.io.savemat(folder / "points.mat", variables)
        return folder / "points.mat"

    return make


def raw(content: bytes, name: str = "points.mat") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def element(*parts: bytes, size: int | None = None, kind: int = 14) -> bytes:
    content = b"".join(parts)
    return struct.pack("<2I", kind, len(content) if size is None else size) + content


def packed(content: bytes) -> bytes:
    return element(zlib.compress(content, 9), kind=15)


def whole() -> bytes:
    return HEADER + element(FLAGS, SHAPE, NAME, VALUES)


def nested() -> bytes:
    """Cells in cells, deep enough to end a reader that goes down into them."""
    inner = element(FLAGS, SHAPE, NAME, VALUES)
    cell = struct.pack("<4I", 6, 8, 1, 0) + struct.pack("<2I2i", 5, 8, 1, 1)
    for _ in range(DEEP):
        inner = element(cell, NAME, inner)
    return inner


def bomb(claimed: int, unpacked: int) -> Callable[[Path], Path]:
    """A file of a thousandth of `unpacked` bytes that says its values have `claimed`."""

    def make(folder: Path) -> Path:
        # Blocks that refer to nothing before them, so that one of them can stand there many times.
        packer = zlib.compressobj(9)
        start = struct.pack("<2I", 14, 2**31) + FLAGS + SHAPE + NAME + struct.pack("<2I", 9, claimed)
        first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
        block = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
        return raw(HEADER + element(first, (unpacked >> 24) * block, kind=15))(folder)

    return make


def piped(folder: Path) -> Path:
    os.mkfifo(folder / "points.mat")
    return folder / "points.mat"


def version_4(type_: int, rows: int, columns: int, imaginary: int, name_size: int) -> bytes:
    return struct.pack("<5i", type_, rows, columns, imaginary, name_size) + b"xx\0" + bytes(48)


DAMAGED = "damaged or truncated MATLAB file"
CASES = [
    Case("mat missing", lambda folder: folder / "points.mat", meet, "no such file"),
    Case("mat is a folder", lambda folder: folder, meet, "not a file"),
    Case("mat is a pipe", piped, meet, "not a file"),
    Case("mat is a device", lambda folder: Path("/dev/zero"), meet, "not a file"),
    Case("mat has a name too long", lambda folder: Path("x" * 5000), meet, "must name a MATLAB file"),
    Case("mat empty", raw(b""), meet, "the file is empty"),
    Case("mat is text", raw(b"0.1 0.2\n" * 50), meet, "not a MATLAB file"),
    Case("mat is a picture", raw(b"\x89PNG\r\n\x1a\n" + bytes(99)), meet, "not a MATLAB file"),
    Case("mat 7.3", raw(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(64)), meet, "7.3 (HDF5)"),
    Case("mat of zeros", raw(bytes(4000)), meet, DAMAGED),
    Case("mat with another variable", saved(yy=np.eye(2)), meet, "has no variable 'xx'; it holds: yy"),
    Case("mat with many variables", saved(**{f"v{n}": 1.0 for n in range(500)}), meet, "and 490 more"),
    Case("mat without variables", raw(HEADER), meet, "it holds: none"),
    Case("mat 2 x n", saved(xx=np.zeros((2, 9))), meet, "transpose it"),
    Case("mat n x 3", saved(xx=np.zeros((9, 3))), meet, "is 9 x 3; expected n x 2"),
    Case("mat with 3 dimensions", saved(xx=np.zeros((4, 2, 2))), meet, "is 4 x 2 x 2"),
    Case("mat with a NaN", saved(xx=np.array([[0, np.nan], [1, 1.0]])), meet, "NaN or infinity in 1 of its 2 rows"),
    Case("mat with infinity", saved(xx=np.array([[0, np.inf], [1, 1.0]])), meet, "NaN or infinity"),
    Case("mat with text", saved(xx="hello"), meet, "holds text"),
    Case("mat with cells", saved(xx=np.array([1, "a"], dtype=object)), meet, "holds a cell array"),
    Case("mat with a struct", saved(xx={"a": 1}), meet, "holds a struct"),
    Case("mat with complex numbers", saved(xx=np.ones((3, 2)) * 1j), meet, "holds complex numbers"),
    Case("mat sparse", saved(xx=scipy.sparse.eye_array(2).tocsc()), meet, "holds a sparse matrix"),
    Case("mat sparse and logical", saved(xx=scipy.sparse.eye_array(2, dtype=bool).tocsc()), meet, "a sparse matrix"),
    Case("mat with huge numbers", saved(xx=np.array([[0, 1], [1e200, 1]])), meet, "holds 1e+200; allowed: at most"),
    Case("mat of one point repeated", saved(xx=np.ones((9, 2))), meet, "9 times the same point"),
    Case("mat with the name twice", raw(whole() + whole()[128:]), meet, "has 2 variables 'xx'"),
    Case("mat with a byte order of its own", raw(b"MATLAB 5.0".ljust(126) + b"XX" + bytes(99)), meet, DAMAGED),
    Case("mat with another element", raw(HEADER + element(bytes(16), kind=9)), meet, "an element of type 9"),
    Case("mat that ends within a tag", raw(whole() + b"\1\2\3"), meet, "ends within a tag"),
    Case("mat whose tag claims more than the file", raw(HEADER + element(FLAGS, size=2**31)), meet, DAMAGED),
    Case("mat whose tag claims 4 GB", raw(HEADER + element(FLAGS, size=2**32 - 1, kind=15)), meet, DAMAGED),
    Case("mat with other flags", raw(HEADER + element(struct.pack("<4I", 9, 8, 6, 0), SHAPE, NAME)), meet, DAMAGED),
    Case("mat with a long name", raw(HEADER + element(FLAGS, SHAPE, struct.pack("<2I", 1, 2**30))), meet, DAMAGED),
    Case(
        "mat with a thousand dimensions",
        raw(HEADER + element(FLAGS, struct.pack("<2I", 5, 4000), bytes(4000))),
        meet,
        "at most 128 are expected",
    ),
    Case(
        "mat with negative dimensions",
        raw(HEADER + element(FLAGS, struct.pack("<2I2i", 5, 8, -3, 2), NAME, VALUES)),
        meet,
        "a variable of -3 x 2",
    ),
    Case(
        "mat whose values claim more than there is",
        raw(HEADER + element(FLAGS, SHAPE, NAME, struct.pack("<2I", 9, 2**31))),
        meet,
        "2,147,483,648 bytes of values",
    ),
    Case(
        "mat whose values are of no number type",
        raw(HEADER + element(FLAGS, SHAPE, NAME, struct.pack("<2I", 17, 48), bytes(48))),
        meet,
        "none of numbers",
    ),
    Case(
        "mat with too few values",
        raw(HEADER + element(FLAGS, struct.pack("<2I2i", 5, 8, 9, 2), NAME, VALUES)),
        meet,
        "its dimensions say 144",
    ),
    Case("mat packed that is no zlib", raw(HEADER + element(b"not zlib" * 9, kind=15)), meet, DAMAGED),
    Case("mat packed with nothing", raw(HEADER + packed(b"")), meet, DAMAGED),
    Case("mat packed and cut", raw(HEADER + packed(whole()[128:])[:-9]), meet, DAMAGED),
    Case("mat packed twice", raw(HEADER + packed(packed(whole()[128:]))), meet, DAMAGED),
    Case("mat with cells in cells", raw(HEADER + nested()), meet, "holds a cell array"),
    Case("mat with packed cells in cells", raw(HEADER + packed(nested())), meet, "holds a cell array"),
    Case("mat with 20,000 variables", raw(HEADER + 20_000 * element()), meet, "more than 10,000 variables"),
    *(Case(f"mat cut after {size} bytes", raw(whole()[:size]), meet, "MATLAB") for size in range(4, 230, 15)),
    Case("mat 4 with rows below 0", raw(version_4(0, -3, 2, 0, 3)), meet, DAMAGED),
    Case("mat 4 with 10^18 numbers", raw(version_4(0, 2**30, 2**30, 0, 3)), meet, DAMAGED),
    Case("mat 4 with a long name", raw(version_4(0, 3, 2, 0, 2**30)), meet, DAMAGED),
    Case("mat 4 of another type", raw(version_4(77, 3, 2, 0, 3)), meet, DAMAGED),
    Case("mat 4 that is sparse", raw(version_4(2, 3, 2, 0, 3)), meet, "holds a sparse matrix"),
    Case("mat 4 with text", raw(version_4(1, 3, 2, 0, 3)), meet, "holds text"),
    Case("mat that unpacks to 2.4 GB", bomb(48, 2_400_000_000), meet, "does not end after its values", heavy=True),
    Case("mat that says so", bomb(2_400_000_000, 2_400_000_000), meet, "2,400,000,000 bytes of values", heavy=True),
]
