"""MATLAB 5 files (versions 5 to 7), read no further than a matrix of real numbers takes.

Format: MathWorks, MAT-File Format. After a header of 128 bytes come elements, each a tag (its type and its size, 4
bytes each) and that many bytes. A variable is an element of type 14, or one of type 15 that unpacks to it, and consists
of elements itself: flags, dimensions, name, real part, and others that follow.

A tag may claim any size, and a few bytes may unpack to gigabytes. So every size is compared with what is there, and of
what is packed no more is unpacked than is asked for.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from saddle.data.points.mat_error import MatError

HEADER_SIZE = 128
TAG_SIZE = 8
ALIGNMENT = 8  # the parts of a variable begin at multiples of it

MATRIX, COMPRESSED = 14, 15
# The types of a variable's first parts: some programs write unsigned dimensions, or names in UTF-8.
FLAGS, DIMENSIONS, NAME = (6,), (5, 6), (1, 16)
# The types that a matrix's numbers can be stored as, whatever its class: MATLAB takes the smallest that holds them.
STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}

CLASSES = {
    1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8", 9: "uint8",
    10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function", 17: "opaque",
}  # fmt: skip
# Variables of this class have no dimensions, and a name of another kind.
OPAQUE = "opaque"
COMPLEX_FLAG = 0x0800

# MATLAB's names have at most 63 characters, and its arrays few dimensions.
LONGEST_NAME, MOST_DIMENSIONS = 255, 32
MOST_VARIABLES = 10_000
PIECE = 2**16


Order = Literal["<", ">"]


@dataclass(frozen=True)
class Variable:
    """What the beginning of a variable tells: its name, kind and shape, and where the rest of it is.

    kind: MATLAB's class. place, size: of its element in the file, in bytes, without the tag. described: how many bytes
    of its unpacked content the flags, the dimensions and the name take.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    is_complex: bool
    place: int
    size: int
    is_packed: bool
    described: int


def variables(path: Path) -> list[Variable]:
    """The variables of the file. Raises `MatError` for one that is not as it must be, or for too many."""
    with path.open("rb") as file:
        order = _byte_order(file)
        return list(_variables(file, path.stat().st_size, order))


def real_numbers(path: Path, variable: Variable) -> NDArray[np.float64]:
    """The real part of a numeric `variable`, in its shape, float64. Raises `MatError` if it is not all there."""
    count = math.prod(variable.shape)
    with path.open("rb") as file:
        order = _byte_order(file)
        content = _Content(file, variable.place, variable.size, variable.is_packed)
        content.skip(variable.described)
        kind, size, small = _tag(content.take(TAG_SIZE), order)
        if kind not in STORED:
            raise MatError(f"variable {variable.name!r} has values of type {kind}, which is none of numbers")
        stored = np.dtype(STORED[kind]).newbyteorder(order)
        expected = count * stored.itemsize
        if size != expected:
            raise MatError(f"variable {variable.name!r} has {size:,} bytes of values; its dimensions say {expected:,}")
        values = content.take(size) if small is None else small
        content.check_end()
    # Column by column, as MATLAB has it.
    return np.frombuffer(values, stored).reshape(variable.shape, order="F").astype(np.float64)


class _Content:
    """The bytes of a variable, unpacked where it is packed; `take` never unpacks more than it is asked for."""

    def __init__(self, file: BinaryIO, place: int, size: int, is_packed: bool) -> None:
        self._file, self._left = file, size
        self._unpacker = zlib.decompressobj() if is_packed else None
        file.seek(place)
        if is_packed:
            # The tag of the variable itself. That its size is right does not matter: it is never relied on.
            self.skip(TAG_SIZE)

    def take(self, size: int) -> bytes:
        """The next `size` bytes. Raises `MatError` if there are fewer."""
        if self._unpacker is None:
            if size > self._left:
                raise MatError(f"a part of {size:,} bytes where only {self._left:,} are left of its variable")
            return self._read(size)
        taken = bytearray()
        while len(taken) < size:
            packed = self._unpacker.unconsumed_tail or self._read(min(PIECE, self._left))
            piece = self._unpacked(packed, size - len(taken))
            if not piece and not packed:
                raise MatError(f"a packed variable ends {size - len(taken):,} bytes too early")
            taken += piece
        return bytes(taken)

    def check_end(self) -> None:
        """Raise `MatError` if what is packed goes on after what fills the last part up, or its checksum is wrong."""
        if self._unpacker is None:
            return
        filling = 0
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._read(min(PIECE, self._left))
            filling += len(self._unpacked(packed, ALIGNMENT))
            if filling >= ALIGNMENT or not packed:
                raise MatError("a packed variable does not end after its values")

    def skip(self, size: int) -> None:
        """Leave out the next `size` bytes, which must be few."""
        self.take(size)

    def _unpacked(self, packed: bytes, most: int) -> bytes:
        try:
            return self._unpacker.decompress(packed, most) if self._unpacker else b""
        except zlib.error as error:
            raise MatError(str(error)) from None

    def _read(self, size: int) -> bytes:
        read = self._file.read(size)
        if len(read) < size:
            raise MatError(f"the file ends {size - len(read):,} bytes too early")
        self._left -= size
        return read


def _byte_order(file: BinaryIO) -> Order:
    header = file.read(HEADER_SIZE)
    if header[126:] == b"IM":
        return "<"
    if header[126:] == b"MI":
        return ">"
    raise MatError("its header does not end with MI or IM")


def _tag(tag: bytes, order: Order) -> tuple[int, int, bytes | None]:
    """Type and size of an element; and its content if that is in the tag itself, as up to 4 bytes may be."""
    first, second = struct.unpack(f"{order}II", tag)
    if first >> 16:
        size = first >> 16
        return first & 0xFFFF, size, tag[4 : 4 + size]
    return first, second, None


def _variables(file: BinaryIO, end: int, order: Order) -> Iterator[Variable]:
    place = HEADER_SIZE
    count = 0
    while place < end:
        file.seek(place)
        tag = file.read(TAG_SIZE)
        if len(tag) < TAG_SIZE:
            raise MatError("the file ends within a tag")
        kind, size = struct.unpack(f"{order}II", tag)
        place += TAG_SIZE
        if kind not in (MATRIX, COMPRESSED):
            raise MatError(f"an element of type {kind} in the place of a variable")
        if size > end - place:
            raise MatError(f"a variable of {size:,} bytes where the file has {end - place:,} more")
        count += 1
        if count > MOST_VARIABLES:
            raise MatError(f"more than {MOST_VARIABLES:,} variables")
        if size:
            yield _described(file, place, size, kind == COMPRESSED, order)
        place += size


def _described(file: BinaryIO, place: int, size: int, is_packed: bool, order: Order) -> Variable:
    content = _Content(file, place, size, is_packed)
    flags, taken = _part(content, FLAGS, 8, order)
    word = struct.unpack(f"{order}I", flags[:4].ljust(4, b"\0"))[0]
    kind = CLASSES.get(word & 0xFF, f"class {word & 0xFF}")
    if kind == OPAQUE:
        return Variable("", kind, (), False, place, size, is_packed, taken)
    dimensions, more = _part(content, DIMENSIONS, 4 * MOST_DIMENSIONS, order)
    shape = struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions[: len(dimensions) // 4 * 4])
    if any(extent < 0 for extent in shape):
        raise MatError(f"a variable of {' x '.join(map(str, shape))}")
    name, most = _part(content, NAME, LONGEST_NAME, order)
    is_complex = bool(word & COMPLEX_FLAG)
    return Variable(name.decode("latin-1"), kind, shape, is_complex, place, size, is_packed, taken + more + most)


def _part(content: _Content, expected: tuple[int, ...], most: int, order: Order) -> tuple[bytes, int]:
    """The content of the next part of a variable, and how many bytes it takes with its tag and what fills it up.

    Raises `MatError` if it is of none of the types `expected` or has more than `most` bytes.
    """
    kind, size, small = _tag(content.take(TAG_SIZE), order)
    if kind not in expected:
        raise MatError(f"a part of type {kind} where type {expected[0]} is expected")
    if size > (most if small is None else 4):
        raise MatError(f"a part of {size:,} bytes where at most {most} are expected")
    if small is not None:
        return small, TAG_SIZE
    filled = -(-size // ALIGNMENT) * ALIGNMENT
    return content.take(filled)[:size], TAG_SIZE + filled
