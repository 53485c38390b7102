"""IDX files, packed or not, in a folder that `mnist.source` names."""

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mnist_format import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, data_set, idx_bytes, write_files

from corpus.case import Case
from saddle.data.fetching.fetch import fetch_mnist

FILES = data_set()


def meet(source: object, grid: int = 1) -> object:
    """As `fetch_mnist` does; nothing may be put in place."""
    try:
        return fetch_mnist(str(source), "out", grid=grid, mirrors=[])
    finally:
        assert not Path("out").exists()


def with_file(name: str, content: bytes) -> Callable[[Path], Path]:
    return lambda folder: write_files(folder / "local", {**FILES, name: content})


def with_special(name: str, make: Callable[[Path], object]) -> Callable[[Path], Path]:
    def make_all(folder: Path) -> Path:
        write_files(folder / "local", {other: FILES[other] for other in FILES if other != name})
        make(folder / "local" / name)
        return folder / "local"

    return make_all


def sized(head: bytes, size: int) -> Callable[[Path], object]:
    """A file that takes no room on the disk beyond its beginning."""

    def make(path: Path) -> None:
        path.write_bytes(head)
        with path.open("r+b") as file:
            file.truncate(size)

    return make


def bomb(head: bytes) -> Callable[[Path], object]:
    """A gzip file of 3 MB that unpacks to `head` and 3 GB; its many parts follow each other, as gzip allows."""
    return lambda path: path.write_bytes(gzip.compress(head) + 30 * gzip.compress(bytes(100_000_000)))


def header(*sizes: int) -> bytes:
    return struct.pack(f">{1 + len(sizes)}I", 2048 + len(sizes), *sizes)


IMAGES, LABELS = FILES[TRAIN_IMAGES], FILES[TRAIN_LABELS]
CONTENTS = {
    "is empty": (b"", "the file is empty"),
    "is a page": (b"<!DOCTYPE html>" * 99, "the magic number is"),
    "is of labels": (LABELS, "which is that of labels; expected 2051"),
    "ends in its magic number": (IMAGES[:3], "the magic number is 8"),
    "ends in its header": (IMAGES[:15], "too short for its header"),
    "lacks a byte": (IMAGES[:-1], "its header says 5 x 28 x 28 values"),
    "has a byte too many": (IMAGES + b"\0", "its header says 5 x 28 x 28 values"),
    "says it has 4 billion images": (header(2**32 - 1, 28, 28), "allowed: at most 400,000,000 bytes"),
    "holds no images": (header(0, 28, 28), "holds no images"),
    "holds images of no rows": (header(5, 0, 28), "holds no images"),
    "holds smaller images": (idx_bytes(np.zeros((5, 14, 14), np.uint8)), "images of 14 x 14 pixels"),
    "holds larger images": (idx_bytes(np.zeros((5, 32, 32), np.uint8)), "images of 32 x 32 pixels"),
    "holds images that are not square": (idx_bytes(np.zeros((5, 28, 27), np.uint8)), "images of 28 x 27 pixels"),
    "has more images than labels": (idx_bytes(np.zeros((6, 28, 28), np.uint8)), "5 labels for the 6 images"),
    "has fewer dimensions": (header(5, 28), "the magic number is 2050"),
    "is of 4 byte numbers": (struct.pack(">4I", 0x0C03, 5, 28, 28), "the magic number is 3075"),
}
GZIPS = {
    "is cut in its header": (gzip.compress(IMAGES)[:8], "truncated gzip file"),
    "is cut": (gzip.compress(IMAGES)[:-200], "truncated gzip file"),
    "lacks its checksum": (gzip.compress(IMAGES)[:-8], "truncated gzip file"),
    "has a wrong checksum": (gzip.compress(IMAGES)[:-8] + bytes(8), "damaged gzip file"),
    "is of another method": (b"\x1f\x8b\7" + gzip.compress(IMAGES)[3:], "damaged gzip file"),
    "is followed by text": (gzip.compress(IMAGES) + b"text", "damaged gzip file"),
    "has a second part": (gzip.compress(IMAGES) * 2, "more than 3,936 bytes unpacked"),
    "is packed twice": (gzip.compress(gzip.compress(IMAGES)), "a gzip file within a gzip file"),
    "is packed three times": (gzip.compress(gzip.compress(gzip.compress(IMAGES))), "a gzip file within a gzip file"),
    "holds nothing": (gzip.compress(b""), "the file is empty"),
    "is of labels": (gzip.compress(LABELS), "which is that of labels"),
    "unpacks to more than it says": (gzip.compress(IMAGES + bytes(10**6)), "more than 3,936 bytes unpacked"),
}
LABEL_CONTENTS = {
    "has a label 10": (idx_bytes(np.full(5, 10, np.uint8)), "has the label 10; expected labels from 0 to 9"),
    "has a label 255": (idx_bytes(np.full(5, 255, np.uint8)), "has the label 255"),
    "has too few": (idx_bytes(np.zeros(4, np.uint8)), "4 labels for the 5 images"),
    "is of images": (IMAGES, "which is that of images; expected 2049"),
    "says it has 4 billion": (header(2**32 - 1), "allowed: at most 400,000,000 bytes"),
}
NO_FILE = "not a file but a folder, a pipe or a device"
CASES = [
    *(Case(f"idx {what}", with_file(TRAIN_IMAGES, bad), meet, told) for what, (bad, told) in CONTENTS.items()),
    *(Case(f"idx gzip {what}", with_file(TRAIN_IMAGES, bad), meet, told) for what, (bad, told) in GZIPS.items()),
    *(
        Case(f"idx labels {what}", with_file(TRAIN_LABELS, bad), meet, told)
        for what, (bad, told) in LABEL_CONTENTS.items()
    ),
    *(Case(f"idx without {name}", with_special(name, lambda path: None), meet, f"has no {name}") for name in FILES),
    Case("idx is a folder", with_special(TEST_LABELS, Path.mkdir), meet, NO_FILE),
    Case("idx is a pipe", with_special(TEST_LABELS, os.mkfifo), meet, NO_FILE),
    Case("idx is a device", with_special(TEST_IMAGES, lambda path: path.symlink_to("/dev/zero")), meet, NO_FILE),
    Case(
        "idx is a link to nothing", with_special(TEST_IMAGES, lambda path: path.symlink_to("gone")), meet, "has no t10k"
    ),
    Case(
        "idx twice and different",
        lambda folder: write_files(
            with_file(TRAIN_IMAGES, IMAGES)(folder), data_set(1), lambda name: f"{name}.gz", True
        ),
        meet,
        "differ; take away the one that is not meant",
    ),
    Case("source missing", lambda folder: folder / "none", meet, "is not a folder; allowed: auto"),
    Case(
        "source is a file",
        with_special(TEST_IMAGES, lambda path: path.touch()),
        lambda folder: meet(folder / TEST_IMAGES),
        "is not a folder",
    ),
    Case("source of an unknown user", lambda folder: "~nosuchuser/x", meet, "there is no user 'nosuchuser' here"),
    Case("source with a zero byte", lambda folder: "a\0b", meet, "is not a folder"),
    Case("source with a line break", lambda folder: "a\nb", meet, "is not a folder"),
    Case("source too long", lambda folder: "x" * 9000, meet, "allowed: auto, or a folder"),
    Case(
        "idx with fewer images than cells",
        with_file(TRAIN_IMAGES, IMAGES),
        lambda folder: meet(folder, grid=5),
        "3 test images, but mnist.grid is 5",
    ),
    Case(
        "idx of 6.6 GB",
        with_special(TRAIN_IMAGES, sized(header(5, 28, 28), 6_600_000_000)),
        meet,
        "6,600,000,000 bytes; its header says",
    ),
    Case(
        "idx of 6.6 GB that says so",
        with_special(TRAIN_IMAGES, sized(header(8_418_367, 28, 28), 6_599_999_744)),
        meet,
        "allowed: at most 400,000,000",
    ),
    Case(
        "idx gzip of 3 GB",
        with_special(TRAIN_IMAGES, bomb(header(5, 28, 28))),
        meet,
        "more than 3,936 bytes unpacked",
        heavy=True,
    ),
    Case(
        "idx gzip of 3 GB that says so",
        with_special(TRAIN_IMAGES, bomb(header(4_000_000, 28, 28))),
        meet,
        "allowed: at most",
        heavy=True,
    ),
    Case(
        "idx gzip of 3 GB that says the most",
        with_special(TRAIN_IMAGES, bomb(header(510_000, 28, 28))),
        meet,
        "bytes unpacked",
        heavy=True,
    ),
    Case(
        "idx of zeros in gzip of 3 GB",
        with_special(TRAIN_IMAGES, bomb(b"")),
        meet,
        "the magic number is 0",
        heavy=True,
    ),
]
