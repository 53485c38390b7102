"""MATLAB 4 files, in which no number is trusted before it is compared with what is there.

Format: MathWorks, MAT-File Format, appendix. Variable after variable: a header of five numbers of 4 bytes (type, rows,
columns, whether there is an imaginary part, length of the name with its final zero), the name, the values.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from saddle.data.points.mat_error import MatError

HEADER_SIZE = 20
# The type in decimal is MOPT: byte order, 0, how a number is stored, and what the matrix is.
LARGEST_TYPE = 4999
ORDERS: dict[int, Literal["<", ">"]] = {0: "<", 1: ">"}
STORED = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}
KINDS = {0: "double", 1: "char", 2: "sparse"}

LONGEST_NAME = 255
MOST_VARIABLES = 10_000


@dataclass(frozen=True)
class Variable:
    """A variable's name, kind (MATLAB's class) and shape; how its numbers are stored, and from which byte on."""

    name: str
    kind: str
    shape: tuple[int, int]
    is_complex: bool
    stored: np.dtype[np.generic]
    place: int


def variables(path: Path) -> list[Variable]:
    """The variables of the file. Raises `MatError` for one that is not as it must be, or for too many."""
    with path.open("rb") as file:
        return list(_variables(file, path.stat().st_size))


def real_numbers(path: Path, variable: Variable) -> NDArray[np.float64]:
    """The real part of a `variable`, in its shape, float64. Raises `MatError` if it is not all there."""
    size = math.prod(variable.shape) * variable.stored.itemsize
    with path.open("rb") as file:
        file.seek(variable.place)
        values = file.read(size)
    if len(values) < size:
        raise MatError(f"the file ends {size - len(values):,} bytes too early")
    # Column by column, as MATLAB has it.
    return np.frombuffer(values, variable.stored).reshape(variable.shape, order="F").astype(np.float64)


def _variables(file: BinaryIO, end: int) -> Iterator[Variable]:
    place = count = 0
    while place < end:
        count += 1
        if count > MOST_VARIABLES:
            raise MatError(f"more than {MOST_VARIABLES:,} variables")
        file.seek(place)
        variable, size = _described(file, place)
        place = variable.place + size
        if place > end:
            raise MatError(f"a variable of {size:,} bytes where the file has {end - variable.place:,} more")
        yield variable


def _described(file: BinaryIO, place: int) -> tuple[Variable, int]:
    """The variable that begins at `place`, and how many bytes its values take."""
    header = file.read(HEADER_SIZE)
    if len(header) < HEADER_SIZE:
        raise MatError("the file ends within the header of a variable")
    # A small number in one byte order is a large one in the other.
    order: Literal["<", ">"] = "<" if 0 <= struct.unpack_from("<i", header)[0] <= LARGEST_TYPE else ">"
    type_, rows, columns, imaginary, name_size = struct.unpack(f"{order}5i", header)
    order_digit, zero, stored, kind = (type_ // 1000, type_ // 100 % 10, type_ // 10 % 10, type_ % 10)
    if ORDERS.get(order_digit) != order or zero or stored not in STORED or kind not in KINDS:
        raise MatError(f"a variable of the type {type_}")
    if rows < 0 or columns < 0 or imaginary not in (0, 1) or not 1 <= name_size <= LONGEST_NAME:
        raise MatError(f"a variable of {rows} x {columns} numbers with a name of {name_size} bytes")
    name = file.read(name_size).split(b"\0")[0].decode("latin-1")
    numbers = np.dtype(STORED[stored]).newbyteorder(order)
    size = rows * columns * numbers.itemsize * (1 + imaginary)
    start = place + HEADER_SIZE + name_size
    return Variable(name, KINDS[kind], (rows, columns), imaginary == 1, numbers, start), size
