"""Bad inputs as they happen: each is refused in one line that names it, nothing in it is run, nothing is left behind.

Files that were cut, pages and LFS pointers in the place of data, pickles, tables, wrong shapes and types, NaN, settings
with a slip of the pen, command lines, a full disk. Those of data in MNIST's format are in test_fetch.py.
"""

import io
import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forks
import numpy as np
import pytest
import scipy.io
import scipy.sparse
import torch
from conftest import ROOT
from safetensors.torch import save

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_object, read_table
from saddle.core.model_file import load_model
from saddle.data.points.dataset import read_points
from saddle.errors import UserError
from saddle.networks.mlp import MLPGenerator
from saddle.sefa.layouts import read_generator

PAGE = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>\n"
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1\nsize 12345\n"
)
RAN = "ran"
CPU = torch.device("cpu")
Bad = dict[str, tuple[Any, str]]


class Trap:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (RAN,)


PICKLE = pickle.dumps(Trap(), 2)


def bytes_of(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def refusal(read: Callable[[Path], object], path: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """What reading says of a file with this content; None: there is none."""
    monkeypatch.chdir(path.parent)
    if content is not None:
        path.write_bytes(content)
    before = sorted(path.parent.iterdir())
    with pytest.raises(UserError) as error:
        read(path)
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 600
    assert sorted(path.parent.iterdir()) == before, "code in the file was run, or something was written"
    return message


# MATLAB files


def mat(**variables: Any) -> bytes:
    return bytes_of(lambda file: scipy.io.savemat(file, variables))


POINTS = np.random.default_rng(0).normal(size=(500, 2))
NO_MAT = "not a MATLAB file of version 7 or older, or a damaged one"
MATLAB: Bad = {
    "missing": (None, "no such file; put a MATLAB file"),
    "page": (PAGE, NO_MAT),
    "LFS pointer": (POINTER, NO_MAT),
    "Octave's": (
        b"# Created by Octave 8.4.0\n# name: xx\n# type: matrix\n# rows: 1\n# columns: 2\n 1 2\n",
        "Octave's text format; save it as MATLAB's: save -v7 ",
    ),
    "cut": (mat(xx=POINTS)[:3000], NO_MAT),
    "7.3": (
        b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM".ljust(388, b"\0") + b"\x89HDF\r\n\x1a\n",
        "7.3 (HDF5) file; save",
    ),
    "other variables": (mat(a=np.eye(2), yy=np.eye(2)), "has no variable 'xx'; it holds: a, yy (set points.variable)"),
    "2 x n": (mat(xx=POINTS.T), "is 2 x 500; expected n x 2; it is 2 x n, so transpose it"),
    "n x 3": (mat(xx=np.zeros((9, 3))), "is 9 x 3; expected n x 2"),
    "NaN": (mat(xx=np.array([[0, 1], [np.nan, 1.0]])), "in 1 of its 2 rows, the first is row 2"),
    "words": (mat(xx="hello"), "holds text; expected an n x 2 matrix of real numbers"),
    "struct": (mat(xx={"a": 1}), "holds a struct"),
    "one point": (mat(xx=np.ones((9, 2))), "holds 9 times the same point"),
}


# What stages hand on: arrays, tables, metrics, the record of fetched data


def npz(**arrays: Any) -> bytes:
    return bytes_of(lambda file: np.savez_compressed(file, allow_pickle=True, **arrays))


RUN = {"epoch": np.arange(3.0), "step": np.arange(3), "samples": np.zeros((3, 5, 2), np.float32)}
AXES = {"epoch": 1, "step": 1, "samples": 3}
NO_NPZ = "not a readable .npz file"
ARRAYS: Bad = {
    "missing": (None, "no such file; run the stage that writes it (dvc repro)"),
    "pickled array": (npz(**{**RUN, "samples": np.array([Trap()], dtype=object)}), NO_NPZ),
    "cut": (npz(**RUN)[:-40], NO_NPZ),
    "an array less": (npz(epoch=RUN["epoch"], step=RUN["step"]), "has no array 'samples'"),
}


TABLES: Bad = {
    "missing": (None, "no such file; run the stage that writes it"),
    "a column less": (b"epoch\n1\n", "has no column 'w2'"),
}


METRICS: Bad = {
    "missing": (None, "no such file; run the stage that writes it"),
}


# Model files, own ones and those of others

GENERATOR = MLPGenerator(latent_dim=2, sample_shape=(2,), hidden=[4])
TENSORS = {f"generator.{name}": tensor for name, tensor in GENERATOR.state_dict().items()}
SETTINGS = GENERATOR.settings
FIRST = "generator.layers.0.weight"
NO_MODEL = "not a safetensors model file"


def model(tensors: dict[str, torch.Tensor] = TENSORS, kind: object = "mlp", **changes: Any) -> bytes:
    return described(
        {
            "format": "saddle-2",
            "facts": {},
            "networks": {"generator": {"kind": kind, "settings": {**SETTINGS, **changes}}},
        },
        tensors,
    )


def described(description: object, tensors: dict[str, torch.Tensor] = TENSORS) -> bytes:
    text = description if isinstance(description, str) else json.dumps(description)
    return save({name: tensor.contiguous() for name, tensor in tensors.items()}, {"saddle": text})


MODELS: Bad = {
    "missing": (None, "no such model file; train it first (dvc repro)"),
    "page": (PAGE, NO_MODEL),
    "pickle": (PICKLE, NO_MODEL),
    "cut": (model()[:-9], NO_MODEL),
    "of another program": (save(TENSORS, {}), "a safetensors file, but not a model written by this pipeline"),
    "another format": (
        described({"format": "saddle-9"}),
        "written in format 'saddle-9'; this version reads 'saddle-2'",
    ),
    "no generator": (described({"format": "saddle-2", "networks": {}, "facts": {}}), "holds no generator"),
    "another setting": (model(colour="red"), "MLPGenerator: colour is not a known key"),
    "unknown kind": (model(kind="gru"), "unknown kind of network 'gru'; known: "),
    "other width": (
        model(hidden=[3]),
        "do not fit the generator of mlp with its settings: size mismatch for layers.0.weight",
    ),
    "NaN": (model({**TENSORS, FIRST: torch.full((4, 2), float("nan"))}), f"{FIRST} has NaN or infinity"),
}


def test_the_model_file_that_the_others_differ_from_is_one(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(model())
    assert load_model(tmp_path / "m", ("generator",), sample_shape=(2,)).facts == {}
    with pytest.raises(UserError, match=r"draws samples of shape \(2,\); expected \(1, 28, 28\)"):
        load_model(tmp_path / "m", ("generator",), sample_shape=(1, 28, 28))


def pth(content: object, zipped: bool = True) -> bytes:
    return bytes_of(lambda file: torch.save(content, file, _use_new_zipfile_serialization=zipped))


CHECKPOINTS: Bad = {
    "cut": (pth({"generator": TENSORS})[:-99], "truncated, damaged, or not"),
    "cut, of the older format": (pth({"generator": TENSORS}, False)[:-9], "truncated, damaged, or not"),
    "bare pickle": (PICKLE, "nothing in it was run"),
    "pickle inside": (pth({"generator": {"lod": Trap()}}), "nothing in it was run"),
    "pickle of the older format": (pth({"generator": Trap()}, False), "nothing in it was run"),
}


# Settings


TEXTS: Bad = {
    "missing": (None, "no such file"),
    "empty": (b"", "the file is None; it must be a mapping of settings"),
    "tab": (b"seed:\n\t- 1", "not valid YAML in line 2"),
    "a key twice": (b"seed: 1\nseed: 2\n", 'not valid YAML in line 2 (found duplicate key "seed"'),
    "conflict": (b"<<<<<<< HEAD\nseed: 1\n=======\nseed: 2\n>>>>>>> x\n", "not valid YAML"),
    "code": (b"seed: !!python/object/apply:os.mkdir [ran]", "not valid YAML"),
}


# Of each file that is read: by what, and what is bad
FILES: dict[str, tuple[Callable[[Path], object], Bad]] = {
    "points.mat": (lambda path: read_points(path, "xx"), MATLAB),
    "a.npz": (lambda path: read_arrays(path, AXES), ARRAYS),
    "w2.csv": (lambda path: read_table(path, ("epoch", "w2")), TABLES),
    "a.json": (read_object, METRICS),
    "model.safetensors": (lambda path: load_model(path, ("generator",)), MODELS),
    "checkpoint.pth": (lambda path: read_generator(path, torch.device("cpu")), CHECKPOINTS),
    "params.yaml": (load_settings, TEXTS),
}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, (_, bad) in FILES.items() for kind in bad])
def test_a_bad_file_is_refused_in_a_line(name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, bad = FILES[name]
    content, told = bad[kind]
    assert told in refusal(read, tmp_path / name, content, monkeypatch)


# As a user meets it


COMMANDS: dict[str, str] = {
    "saddle sample m --n 0 --out a.png": "--n is 0",
    "saddle sample m --out a.png": "no such model file",
    "stages": "stage is missing",
    "stages train": "stage is train; allowed:",
    "stages train_points": "expected: python -m stages train_points VARIANT",
    "stages prepare_points": "params.yaml: no such file",
}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_line_ends_with_one_line_and_leaves_nothing(line: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [forks.python(), "-m", *line.split()],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")
    assert COMMANDS[line] in done.stderr
    assert list(tmp_path.iterdir()) == []


WRITING = """
import signal, sys
import numpy as np
from saddle.core.files import write_arrays
from saddle.errors import reports_user_errors

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
reports_user_errors(lambda: write_arrays("a.npz", {"a": np.random.default_rng(0).normal(size=100_000)}))()
"""


def test_a_file_that_cannot_be_written_whole_is_not_there_and_the_old_one_stays(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the system refuses the write half-way."""
    (tmp_path / "a.npz").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", WRITING], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "error: a.npz: File too large\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.npz": b"old"}
