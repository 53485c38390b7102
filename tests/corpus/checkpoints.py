"""Checkpoints that others published: none may run what is in it."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from corpus.case import RAN, Case
from saddle.sefa.reading import read_generator


class Making:
    """A pickle of this makes a folder as it is read."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (RAN,)


class Calling:
    """The same with a shell."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"mkdir {RAN}",)


class Evaluating:
    """The same with an expression."""

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return eval, (f"__import__('os').mkdir({RAN!r})",)


def raw(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "checkpoint.pth").write_bytes(content)
        return folder / "checkpoint.pth"

    return make


def saved(content: Any, zipped: bool = True) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        torch.save(content, folder / "checkpoint.pth", _use_new_zipfile_serialization=zipped)
        return folder / "checkpoint.pth"

    return make


def archive(**members: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "checkpoint.pth", "w") as file:
            for name, content in members.items():
                file.writestr(f"archive/{name}", content)
        return folder / "checkpoint.pth"

    return make


def meet(path: Path) -> object:
    return read_generator(path, torch.device("cpu"))


RUNNING = {"mkdir": Making, "system": Calling, "eval": Evaluating}
CASES = [
    Case("pth missing", lambda folder: folder / "checkpoint.pth", meet, "no such model file"),
    Case("pth is a folder", lambda folder: folder, meet, "not a file"),
    Case("pth empty", raw(b""), meet, "checkpoint.pth: "),
    Case("pth is a page", raw(b"<html>404</html>"), meet, "checkpoint.pth: "),
    Case("pth is a zip that is none", raw(b"PK\3\4" + bytes(99)), meet, "checkpoint.pth: "),
    Case("pth is an archive of others", archive(a=b"1"), meet, "checkpoint.pth: "),
    *(
        Case(f"pth that runs {name}", saved({"generator": {"lod": made()}}), meet, "nothing in it was run")
        for name, made in RUNNING.items()
    ),
    *(
        Case(
            f"pth of the older format that runs {name}",
            saved({"generator": made()}, False),
            meet,
            "nothing in it was run",
        )
        for name, made in RUNNING.items()
    ),
    *(
        Case(f"pth that is a bare pickle that runs {name}", raw(pickle.dumps(made(), 2)), meet, "nothing in it was run")
        for name, made in RUNNING.items()
    ),
]
