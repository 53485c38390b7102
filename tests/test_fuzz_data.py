"""Readers of users' data on arbitrary bytes: what comes out agrees with the header, or one line says what is wrong."""

import gzip
import math
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saddle.data.mnist import idx
from saddle.data.points.reading import MOST_POINTS, read_points
from saddle.errors import UserError

FUZZ = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
NUMBERS = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1))


def in_a_file(content: bytes, read: Callable[[Path], object]) -> object:
    """What `read` makes of a file with `content`; None if that is a `UserError`, which must be a line that names it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(content)
        try:
            return read(path)
        except UserError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)
            assert len(str(error)) <= 1000
            return None


def changed(content: bytes, changes: list[tuple[int, int]]) -> bytes:
    """`content` with other bytes at some places."""
    result = bytearray(content)
    for place, byte in changes:
        if result:
            result[place % len(result)] = byte
    return bytes(result)


def mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`usual` seven times in eight, so that of several parts often all are as they must be."""
    return st.integers(1, 8).flatmap(lambda number: other if number == 8 else usual)


CHANGES = mostly(st.just([]), st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6))


@FUZZ
@given(
    magic=mostly(st.sampled_from([2049, 2051]), NUMBERS),
    sizes=st.lists(mostly(st.integers(1, 6), NUMBERS), min_size=3, max_size=3),
    missing=mostly(st.just(0), st.integers(-9, 9)),
    packings=st.integers(0, 2),
    changes=CHANGES,
)
def test_idx_files(magic: int, sizes: list[int], missing: int, packings: int, changes: list[tuple[int, int]]) -> None:
    sizes = sizes[: 1 if magic == 2049 else 3]
    values = bytes(number % 251 for number in range(max(0, min(math.prod(sizes), 300) - missing)))
    content = struct.pack(f">{1 + len(sizes)}I", magic, *sizes) + values
    for _ in range(packings):
        content = gzip.compress(content)

    content = changed(content, changes)
    for kind, parse in ((idx.IMAGES_MAGIC, idx.images), (idx.LABELS_MAGIC, idx.labels)):
        unpacked = in_a_file(content, lambda path, kind=kind: idx.read(path, kind))
        if isinstance(unpacked, bytes):
            shape = struct.unpack_from(f">{kind & 0xFF}I", unpacked, 4)
            assert parse(unpacked, "x").shape == shape
            assert parse(unpacked, "x").tobytes() == unpacked[4 + 4 * len(shape) :]


@FUZZ
@given(sizes=st.tuples(*[st.integers(1, 4)] * 3), data=st.data(), packed=st.booleans())
def test_whole_idx_files_are_always_read(sizes: tuple[int, int, int], data: st.DataObject, packed: bool) -> None:
    values = data.draw(st.binary(min_size=int(np.prod(sizes)), max_size=int(np.prod(sizes))))
    content = struct.pack(">4I", idx.IMAGES_MAGIC, *sizes) + values
    packed_or_not = gzip.compress(content) if packed else content
    assert in_a_file(packed_or_not, lambda path: idx.read(path, idx.IMAGES_MAGIC)) == content


def check_points(content: bytes) -> None:
    points = in_a_file(content, lambda path: read_points(path, "xx"))
    if points is not None:
        assert isinstance(points, np.ndarray)
        assert points.dtype == np.float64
        assert points.shape[1] == 2
        assert len(points) <= MOST_POINTS
        assert np.isfinite(points).all()


def element(kind: int, content: bytes, claimed: int | None) -> bytes:
    size = len(content) if claimed is None else claimed
    return struct.pack("<2I", kind, size) + content + bytes(-len(content) % 8)


WHOLE = st.integers(-(2**31), 2**31 - 1)


@FUZZ
@given(
    kind=mostly(st.sampled_from([6, 7, 8, 12]), st.sampled_from([1, 4, 5, 17, 0x806, 99])),
    stored=mostly(st.sampled_from([("9", "d"), ("7", "f"), ("3", "h"), ("2", "B")]), st.just(("14", "q"))),
    dimensions=mostly(
        st.integers(2, 5).map(lambda rows: [rows, 2]),
        st.lists(st.integers(0, 4) | st.integers(-(2**31), 2**31 - 1), max_size=40),
    ),
    missing=mostly(st.just(0), st.integers(-9, 9)),
    claimed=st.tuples(*[mostly(st.none(), NUMBERS)] * 5),
    packed=st.booleans(),
    changes=CHANGES,
)
def test_matlab_5_files(
    kind: int,
    stored: tuple[str, str],
    dimensions: list[int],
    missing: int,
    claimed: tuple[int | None, ...],
    packed: bool,
    changes: list[tuple[int, int]],
) -> None:
    count = max(0, min(math.prod(dimensions), 30) - missing)
    variable = (
        element(6, struct.pack("<2I", kind, 0), claimed[0])
        + element(5, struct.pack(f"<{len(dimensions)}i", *dimensions), claimed[1])
        + element(1, b"xx", claimed[2])
        + element(int(stored[0]), struct.pack(f"<{count}{stored[1]}", *range(count)), claimed[3])
    )
    content = element(14, variable, claimed[4])
    if packed:
        # The changes come before packing: a changed byte of what is packed is a wrong checksum and no more.
        compressed = zlib.compress(changed(content, changes))
        content = struct.pack("<2I", 15, len(compressed)) + compressed
    else:
        content = changed(content, changes)
    check_points(b"MATLAB 5.0".ljust(124) + b"\0\1IM" + content)


@FUZZ
@given(
    type_=mostly(st.sampled_from([0, 10, 20, 30, 50]), st.sampled_from([1, 2, 60, 1000, 4999, -1])),
    shape=mostly(st.integers(2, 3).map(lambda rows: (rows, 2)), st.tuples(WHOLE, WHOLE)),
    others=mostly(st.just((0, 3)), st.tuples(st.integers(-1, 2), WHOLE)),
    size=mostly(st.just(48), st.integers(0, 60)),
)
def test_matlab_4_files(type_: int, shape: tuple[int, int], others: tuple[int, int], size: int) -> None:
    values = bytes(number % 60 for number in range(size))
    size = {0: 8, 10: 4, 20: 4, 30: 2, 50: 1}.get(type_, 8) * shape[0] * shape[1]
    check_points(struct.pack("<5i", type_, *shape, *others) + b"xx\0" + values[: max(size, 0)])


@FUZZ
@given(content=st.binary(max_size=300), begin=st.sampled_from([b"", b"MATLAB 5.0", bytes(4), b"\x1f\x8b"]))
def test_anything_else(content: bytes, begin: bytes) -> None:
    check_points(begin + content)
    in_a_file(begin + content, lambda path: idx.read(path, idx.IMAGES_MAGIC))
