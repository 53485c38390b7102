"""IDX, the format of MNIST's files: a magic number, the sizes of the dimensions, then the values as bytes.

Format: the last section of http://yann.lecun.com/exdb/mnist/. The third byte of the magic number is the type
(8: unsigned bytes), the fourth the number of dimensions; all numbers of the header are big-endian.
"""

import gzip
import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from saddle.errors import UserError

IMAGES_MAGIC = 2051
LABELS_MAGIC = 2049
KINDS = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}

GZIP_SIGNATURE = b"\x1f\x8b"
# Of one file, unpacked: half a million images of 28 x 28, more than twice as many as EMNIST has of digits.
MOST_BYTES = 400_000_000


def read(path: str | Path, magic: int) -> bytes:
    """The content of the IDX file `path`, unpacked if it is a gzip file. magic: that of the kind that it must be.

    The header is checked first: no more is read, or unpacked, than it says, and that is at most MOST_BYTES. Raises
    `UserError` if there is no such file, or it is a truncated or damaged gzip file, packed twice, of another kind, or
    not as long as its header says.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file; expected an IDX file")
    if not path.is_file():
        raise UserError(f"{path}: not a file but a folder, a pipe or a device; expected an IDX file")
    size = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(len(GZIP_SIGNATURE)) == GZIP_SIGNATURE
        file.seek(0)
        if packed and size > MOST_BYTES:
            raise UserError(f"{path}: a gzip file of {size:,} bytes; allowed: at most {MOST_BYTES:,}")
        with _unpacking(file, path, size) if packed else _as_it_is(file) as content:
            head = content.read(_header_size(magic))
            expected = _expected_size(head, path, magic)
            if not packed and size != expected:
                raise UserError(_other_size(path, f"{size:,} bytes", head, magic))
            # One byte more, to see that there is none; a gzip file's checksum is compared at its end.
            rest = content.read(expected - len(head) + 1)
    if len(head) + len(rest) != expected:
        found = f"{len(head) + len(rest):,} bytes unpacked"
        if len(head) + len(rest) > expected:
            found = f"more than {expected:,} bytes unpacked"
        raise UserError(_other_size(path, found, head, magic))
    return head + rest


def unpack(packed: bytes, name: object, limit: int) -> bytes:
    """`packed` itself, or what it unpacks to if its first bytes are those of a gzip file.

    name: what errors call it. limit: the largest allowed size of the result, in bytes.
    Raises `UserError` for truncated or damaged gzip and for a result larger than `limit`.
    """
    content = packed
    if packed.startswith(GZIP_SIGNATURE):
        with _unpacking(io.BytesIO(packed), name, len(packed)) as file:
            content = file.read(limit + 1)
    if len(content) > limit:
        raise UserError(f"{name}: larger than {limit} bytes, the most that is expected of it")
    return content


@contextmanager
def _unpacking(file: BinaryIO | io.BytesIO, name: object, size: int) -> Iterator[BinaryIO | gzip.GzipFile]:
    """The unpacked content of a gzip file of `size` bytes; raises `UserError` if reading shows it to be none."""
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield unpacked
    except EOFError:
        raise UserError(f"{name}: truncated gzip file of {size} bytes, its end is missing; copy it again") from None
    except (OSError, zlib.error) as error:
        raise UserError(f"{name}: damaged gzip file ({error}); copy it again") from None


@contextmanager
def _as_it_is(file: BinaryIO) -> Iterator[BinaryIO | gzip.GzipFile]:
    yield file


def images(content: bytes, name: object) -> NDArray[np.uint8]:
    """The images in unpacked IDX `content`, shape (n, rows, columns), uint8, read-only.

    name: what errors call it. Raises `UserError` if the magic number is not 2051, the content is not as long
    as its header says, or it holds no images.
    """
    return _values(content, name, IMAGES_MAGIC)


def labels(content: bytes, name: object) -> NDArray[np.uint8]:
    """The labels in unpacked IDX `content`, shape (n,), uint8, read-only.

    name: what errors call it. Raises `UserError` if the magic number is not 2049, the content is not as long
    as its header says, or it holds no labels.
    """
    return _values(content, name, LABELS_MAGIC)


def transposed(content: bytes, name: object) -> bytes:
    """IDX `content` with the rows and the columns of each image exchanged. Raises `UserError` as `images`."""
    exchanged = images(content, name).transpose(0, 2, 1)
    return struct.pack(">4I", IMAGES_MAGIC, *exchanged.shape) + exchanged.tobytes()


def _values(content: bytes, name: object, magic: int) -> NDArray[np.uint8]:
    start = _header_size(magic)
    if len(content) != _expected_size(content[:start], name, magic):
        raise UserError(_other_size(name, f"{len(content):,} bytes unpacked", content, magic))
    return np.frombuffer(content, np.uint8, offset=start).reshape(_shape(content, magic))


def _header_size(magic: int) -> int:
    """The magic number and a size for each dimension, 4 bytes each."""
    return 4 + 4 * (magic & 0xFF)


def _shape(head: bytes, magic: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{magic & 0xFF}I", head, 4)


def _expected_size(head: bytes, name: object, magic: int) -> int:
    """How many bytes a file with this header must have. Raises `UserError` if it is no header of this kind."""
    kind = KINDS[magic]
    if not head:
        raise UserError(f"{name}: the file is empty; expected an IDX file of {kind}")
    if head.startswith(GZIP_SIGNATURE):
        raise UserError(f"{name}: a gzip file within a gzip file; unpack it once (gunzip)")
    found = int.from_bytes(head[:4], "big")
    if len(head) < 4 or found != magic:
        other = f", which is that of {KINDS[found]}" if found in KINDS else ""
        raise UserError(f"{name}: the magic number is {found}{other}; expected {magic}, an IDX file of {kind}")
    if len(head) < _header_size(magic):
        raise UserError(f"{name}: {len(head)} bytes, too short for its header; expected at least {_header_size(magic)}")
    shape = _shape(head, magic)
    if 0 in shape:
        raise UserError(f"{name}: holds no {kind}; expected at least one")
    expected = len(head) + math.prod(shape)
    if expected > MOST_BYTES:
        raise UserError(f"{name}: its header says {_sizes(shape)} values; allowed: at most {MOST_BYTES:,} bytes a file")
    return expected


def _other_size(name: object, found: str, head: bytes, magic: int) -> str:
    shape = _shape(head, magic)
    expected = _header_size(magic) + math.prod(shape)
    return f"{name}: {found}; its header says {_sizes(shape)} values, so expected {expected:,} bytes"


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
