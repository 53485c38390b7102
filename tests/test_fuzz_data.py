"""Readers of users' data on arbitrary bytes: what comes out agrees with the header, or one line says what is wrong."""

import gzip
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

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


CHANGES = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6)


@FUZZ
@given(
    magic=st.sampled_from([2049, 2051, 2050, 0]),
    sizes=st.lists(st.one_of(st.integers(0, 6), NUMBERS), max_size=4),
    values=st.binary(max_size=250),
    packings=st.integers(0, 2),
    changes=CHANGES,
)
def test_idx_files(magic: int, sizes: list[int], values: bytes, packings: int, changes: list[tuple[int, int]]) -> None:
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


CLAIMED = st.one_of(st.none(), st.none(), st.none(), NUMBERS)


@FUZZ
@given(
    kinds=st.tuples(st.sampled_from([6, 1, 5, 9, 17, 0x804]), st.sampled_from([9, 9, 9, 1, 2, 7, 13, 14, 0x20001])),
    dimensions=st.lists(st.one_of(st.integers(0, 4), st.integers(-(2**31), 2**31 - 1)), max_size=5) | st.just([2, 2]),
    values=st.binary(min_size=32, max_size=32) | st.binary(max_size=40),
    claimed=st.tuples(*[CLAIMED] * 5),
    packed=st.booleans(),
    changes=CHANGES,
)
def test_matlab_5_files(
    kinds: tuple[int, int],
    dimensions: list[int],
    values: bytes,
    claimed: tuple[int | None, ...],
    packed: bool,
    changes: list[tuple[int, int]],
) -> None:
    variable = (
        element(6, struct.pack("<2I", kinds[0], 0), claimed[0])
        + element(5, struct.pack(f"<{len(dimensions)}i", *dimensions), claimed[1])
        + element(1, b"xx", claimed[2])
        + element(kinds[1], values, claimed[3])
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
    header=st.tuples(
        st.sampled_from([0, 0, 10, 20, 50, 1000, 1, 2, 4999, -1]),
        st.one_of(st.integers(0, 3), st.integers(-(2**31), 2**31 - 1)),
        st.one_of(st.just(2), st.integers(-(2**31), 2**31 - 1)),
        st.integers(-1, 2),
        st.one_of(st.just(3), st.integers(-(2**31), 2**31 - 1)),
    ),
    values=st.binary(max_size=60),
    order=st.sampled_from("<>"),
)
def test_matlab_4_files(header: tuple[int, ...], values: bytes, order: str) -> None:
    check_points(struct.pack(f"{order}5i", *header) + b"xx\0" + values)


@FUZZ
@given(content=st.binary(max_size=300), begin=st.sampled_from([b"", b"MATLAB 5.0", bytes(4), b"\x1f\x8b"]))
def test_anything_else(content: bytes, begin: bytes) -> None:
    check_points(begin + content)
    in_a_file(begin + content, lambda path: idx.read(path, idx.IMAGES_MAGIC))
