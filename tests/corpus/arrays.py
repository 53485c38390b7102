"""Arrays between stages (.npz): none may run what is in it."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corpus.case import Case
from corpus.checkpoints import Making
from saddle.files import read_arrays
from saddle.npz import Layout

LAYOUT = {"train": Layout(("train", 2))}


def meet(path: Path) -> object:
    return read_arrays(path, LAYOUT)


def raw(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "a.npz").write_bytes(content)
        return folder / "a.npz"

    return make


def saved(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def member(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("train.npy", content)
    return buffer.getvalue()


PICKLED = np.array([Making()], dtype=object)
WHOLE = saved(train=np.eye(30))
CASES = [
    Case("npz missing", lambda folder: folder / "a.npz", meet, "no such file"),
    Case("npz is a folder", lambda folder: folder, meet, "not a file"),
    Case("npz empty", raw(b""), meet, "a.npz: "),
    Case("npz is text", raw(b"hello"), meet, "a.npz: "),
    Case("npz cut", raw(WHOLE[:-30]), meet, "a.npz: "),
    Case("npz damaged", raw(WHOLE[:60] + b"\xff" * 20 + WHOLE[80:]), meet, "a.npz: "),
    Case("npz without the array", raw(saved(test=np.eye(2))), meet, "has no array 'train'; it holds test"),
    Case("npz that runs code", raw(saved(train=PICKLED)), meet, "a.npz: "),
    Case("npz with a header that is cut", raw(member(b"\x93NUMPY\1\0\xff\xff{")), meet, "a.npz: "),
]
