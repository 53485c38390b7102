"""A folder with a data set in MNIST's format: the names of its files, and reading them with every check.

The format is IDX (http://yann.lecun.com/exdb/mnist/): two zeros, 8 for unsigned bytes, the number of dimensions, the
length of each in four bytes with the largest first, the values.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.core.files import read_object
from saddle.errors import UserError

# Images and labels that train, and those that test.
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

SIDE = 28
CLASSES = 10
# What the stage fetch_mnist writes beside the four.
RECORD = "source.json"

GZIP_SIGNATURE = b"\x1f\x8b"


@dataclass(frozen=True)
class Source:
    """Which data a folder holds: the data set's name, and the MD5 of each of its unpacked files."""

    dataset: str
    md5: dict[str, str]


def read_source(folder: str | Path) -> Source:
    """What `source.json` in `folder` records. Raises `UserError` if it is missing: the folder was never filled."""
    return Source(**read_object(Path(folder) / RECORD))


def found_files(folder: Path) -> dict[str, Path]:
    """The four files in `folder`, each packed or not. Raises `UserError` for the first that is missing."""
    paths = {}
    for name in FILES:
        found = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
        if found is None:
            raise UserError(f"{folder}: has no {name}, nor {name}.gz")
        paths[name] = found
    return paths


def read_content(path: Path) -> bytes:
    """The content of `path`, unpacked if it is a gzip file. Raises `UserError` if that is damaged."""
    content = path.read_bytes()
    try:
        return gzip.decompress(content) if content.startswith(GZIP_SIGNATURE) else content
    except (EOFError, OSError, zlib.error) as error:
        raise UserError(f"{path}: damaged gzip file of {len(content):,} bytes ({error}); copy it again") from None


def to_arrays(contents: Mapping[str, bytes], names: Mapping[str, object]) -> dict[str, NDArray[np.uint8]]:
    """The images (n, 28, 28) and labels (n,) in the unpacked `contents`, both keyed by the names in `FILES`.

    names: what errors call each file. Any number of images is allowed: data sets of this format differ in it.
    Raises `UserError` for a file that is not an IDX file of its kind, images that are not 28 x 28, labels that
    are not 0 to 9, and a number of labels other than that of the images.
    """
    arrays = {}
    for images, labels in (FILES[:2], FILES[2:]):
        arrays[images] = _values(contents[images], names[images], "images", 3)
        arrays[labels] = _values(contents[labels], names[labels], "labels", 1)
        rows, columns = arrays[images].shape[1:]
        if (rows, columns) != (SIDE, SIDE):
            raise UserError(f"{names[images]}: images of {rows} x {columns} pixels; expected {SIDE} x {SIDE}")
        found, expected = len(arrays[labels]), len(arrays[images])
        if found != expected:
            raise UserError(f"{names[labels]}: {found} labels for the {expected} images of {names[images]}")
        highest = int(arrays[labels].max())
        if highest >= CLASSES:
            raise UserError(f"{names[labels]}: has the label {highest}; expected labels from 0 to {CLASSES - 1}")
    return arrays


def _values(content: bytes, name: object, kind: str, dimensions: int) -> NDArray[np.uint8]:
    """The values of an IDX file, read-only, in its shape."""
    magic, start = bytes([0, 0, 8, dimensions]), 4 + 4 * dimensions
    if not content.startswith(magic) or len(content) < start:
        found = content[:4].hex(" ") or "nothing"
        raise UserError(f"{name}: begins with {found}; expected {magic.hex(' ')}, an IDX file of {kind}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    expected = start + math.prod(shape)
    if len(content) != expected or expected == start:
        sizes = " x ".join(map(str, shape))
        raise UserError(
            f"{name}: {len(content):,} bytes unpacked; its header says {sizes} values, so expected {expected:,} bytes, "
            f"and at least one of {kind}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
