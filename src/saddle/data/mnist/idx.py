"""IDX, the format of MNIST's files: a magic number, the sizes of the dimensions, then the values as bytes.

Format: the last section of http://yann.lecun.com/exdb/mnist/. The third byte of the magic number is the type
(8: unsigned bytes), the fourth the number of dimensions; all numbers of the header are big-endian.
"""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.errors import UserError

IMAGES_MAGIC = 2051
LABELS_MAGIC = 2049
KINDS = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}

GZIP_SIGNATURE = b"\x1f\x8b"


def read(path: str | Path) -> bytes:
    """The content of the IDX file `path`, unpacked if it is a gzip file.

    Raises `UserError` if there is no such file, or it is a truncated or damaged gzip file.
    """
    path = Path(path)
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; expected an IDX file") from None
    return unpack(packed, path)


def unpack(packed: bytes, name: object, limit: int | None = None) -> bytes:
    """`packed` itself, or what it unpacks to if its first bytes are those of a gzip file.

    name: what errors call it. limit: the largest allowed size of the result, in bytes.
    Raises `UserError` for truncated or damaged gzip and for a result larger than `limit`.
    """
    content = packed
    if packed.startswith(GZIP_SIGNATURE):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
                content = file.read(-1 if limit is None else limit + 1)
        except EOFError:
            raise UserError(
                f"{name}: truncated gzip file of {len(packed)} bytes, its end is missing; copy it again"
            ) from None
        except (OSError, zlib.error) as error:
            raise UserError(f"{name}: damaged gzip file ({error}); copy it again") from None
    if limit is not None and len(content) > limit:
        raise UserError(f"{name}: larger than {limit} bytes, the most that is expected of it")
    return content


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


def _values(content: bytes, name: object, magic: int) -> NDArray[np.uint8]:
    kind = KINDS[magic]
    if not content:
        raise UserError(f"{name}: the file is empty; expected an IDX file of {kind}")
    found = int.from_bytes(content[:4], "big")
    if len(content) < 4 or found != magic:
        other = f", which is that of {KINDS[found]}" if found in KINDS else ""
        raise UserError(f"{name}: the magic number is {found}{other}; expected {magic}, an IDX file of {kind}")
    dimensions = magic & 0xFF
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise UserError(f"{name}: {len(content)} bytes, too short for its header; expected at least {start}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    if len(content) != start + math.prod(shape):
        sizes = " x ".join(map(str, shape))
        raise UserError(
            f"{name}: {len(content)} bytes unpacked; its header says {sizes} values, "
            f"so expected {start + math.prod(shape)} bytes"
        )
    if 0 in shape:
        raise UserError(f"{name}: holds no {kind}; expected at least one")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
