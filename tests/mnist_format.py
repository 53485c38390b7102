"""Tiny data sets in MNIST's format, for the tests that need one."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


def idx_bytes(values):
    """`values` (uint8) as an IDX file: 2048 plus the number of dimensions, the sizes, the bytes."""
    return struct.pack(f">{1 + values.ndim}I", 2048 + values.ndim, *values.shape) + values.tobytes()


def data_set(seed=0, train=5, test=3):
    """The four unpacked files of a data set of random pixels and labels, by name."""
    rng = np.random.default_rng(seed)
    files = {}
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, train), (TEST_IMAGES, TEST_LABELS, test)):
        files[images] = idx_bytes(rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        files[labels] = idx_bytes(rng.integers(0, 10, count, dtype=np.uint8))
    return files


def md5_table(files):
    return {name: hashlib.md5(content).hexdigest() for name, content in files.items()}


def sha256_table(files):
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def write_files(folder, files, rename=lambda name: name, packed=False):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / rename(name)).write_bytes(gzip.compress(content) if packed else content)
    return folder
