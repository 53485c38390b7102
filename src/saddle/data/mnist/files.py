"""A folder with a data set in MNIST's format: the names of its files, and reading them with every check."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.data.mnist import idx
from saddle.errors import UserError
from saddle.files import write_json

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
SOURCE_FILE = "source.json"

SIDE = 28
CLASSES = 10
# The record takes a few hundred bytes.
LARGEST_RECORD = 100_000


@dataclass(frozen=True)
class Source:
    """Which data a folder holds: the data set's name, and the MD5 of each of its unpacked files."""

    dataset: str
    md5: dict[str, str]


def read_source(folder: str | Path) -> Source:
    """What `source.json` in `folder` records.

    Raises `UserError` if it is damaged, or missing, which means that the folder was never completely filled.
    """
    path = Path(folder) / SOURCE_FILE
    if not path.exists():
        raise UserError(f"{path}: no such file; fetch the data first: dvc repro fetch_mnist")
    damaged = UserError(f"{path}: not a record of fetched data; write it anew: dvc repro -f fetch_mnist")
    if not path.is_file() or path.stat().st_size > LARGEST_RECORD:
        raise damaged
    try:
        record = json.loads(path.read_bytes())
        dataset, md5 = record["dataset"], record["md5"]
        if not isinstance(dataset, str) or {type(text) for text in (*md5, *md5.values())} != {str}:
            raise TypeError
        return Source(dataset, dict(md5))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged from None


def write_source(folder: str | Path, source: Source) -> None:
    """Write `source.json` into `folder`; it must come last, because it says that the four files are complete."""
    write_json(Path(folder) / SOURCE_FILE, asdict(source))


def read_content(path: Path, name: str) -> bytes:
    """The unpacked content of `path`, a file of the kind of `name` in `FILES`. Raises `UserError` as `idx.read`."""
    return idx.read(path, idx.IMAGES_MAGIC if name in (TRAIN_IMAGES, TEST_IMAGES) else idx.LABELS_MAGIC)


def require_grid(test_images: int, grid: int, name: object) -> None:
    """Raise `UserError` if there are fewer test images than a grid of `grid` x `grid` cells shows of them.

    name: what the error calls the data.
    """
    if test_images < grid**2:
        raise UserError(
            f"{name}: {test_images:,} test images, but mnist.grid is {grid}, and a grid of {grid} x {grid} needs "
            f"{grid**2}; lower it, or give more images"
        )


def to_arrays(contents: Mapping[str, bytes], names: Mapping[str, object]) -> dict[str, NDArray[np.uint8]]:
    """The images (n, 28, 28) and labels (n,) in the unpacked `contents`, both keyed by the names in `FILES`.

    names: what errors call each file. Any number of images is allowed: data sets of this format differ in it.
    Raises `UserError` for a file that is not an IDX file of its kind, images that are not 28 x 28, labels that
    are not 0 to 9, and a number of labels other than that of the images.
    """
    arrays = {}
    for images, labels in ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)):
        arrays[images] = idx.images(contents[images], names[images])
        arrays[labels] = idx.labels(contents[labels], names[labels])
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
