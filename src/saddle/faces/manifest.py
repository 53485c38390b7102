"""Weights as TensorFlow.js publishes them: a manifest in JSON that says what lies where in a file of bytes.

The format is described at https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts. Only what the face
networks use of it is read: one file of weights, each of them float32 as it is or in uint8 steps.
"""

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.errors import UserError

# Bytes. The longest manifest of a face network has 20,000.
LARGEST_MANIFEST = 2**20
BYTES_EACH = {"float32": 4, "uint8": 1}


def manifest_name(network: str) -> str:
    """The name of the manifest of a network."""
    return f"{network}-weights_manifest.json"


def weights_name(network: str) -> str:
    """The name of the file of weights of a network."""
    return f"{network}.bin"


def read_weights(folder: str | Path, network: str, expected: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """The weights of `network` in `folder`, float32, by their names in the manifest.

    expected: the shape of each weight that the architecture has. A quantized weight is stored in bytes, and a byte b
    stands for min + scale * b.

    Raises `UserError` if a file is missing, if the manifest is none or speaks of other names, shapes or kinds of
    numbers, or if the file of weights has not just the bytes that it promises. All of this is known before a weight is
    read.
    """
    path = Path(folder) / manifest_name(network)
    entries = _entries(path, weights_name(network))
    _check_names(path, [entry["name"] for entry in entries], expected)
    kinds = [_kind(path, entry, expected[entry["name"]]) for entry in entries]
    sizes = [math.prod(entry["shape"]) for entry in entries]
    promised = sum(size * BYTES_EACH[kind] for size, kind in zip(sizes, kinds, strict=True))
    content = _content(Path(folder) / weights_name(network), promised)
    weights, position = {}, 0
    for entry, size, kind in zip(entries, sizes, kinds, strict=True):
        stored = np.frombuffer(content, np.dtype(kind).newbyteorder("<"), size, position)
        position += stored.nbytes
        weights[entry["name"]] = torch.from_numpy(_numbers(stored, entry).reshape(entry["shape"]))
    return weights


def _entries(path: Path, weights: str) -> list[dict[str, Any]]:
    """The entries of a manifest whose only file of weights is called `weights`; each has a name and a shape."""
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise UserError(f"{path}: {path.stat().st_size} bytes; a manifest has at most {LARGEST_MANIFEST}")
        groups = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; fetch it first: dvc repro fetch_faces") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: not JSON; fetch it again: dvc repro -f fetch_faces") from None
    shown = reprlib.repr(groups)
    match groups:
        case [{"paths": [str(file)], "weights": [*entries]}]:
            if file != weights:
                raise UserError(f"{path}: names the file {reprlib.repr(file)}; expected {weights}")
        case _:
            raise UserError(f"{path}: not a manifest of one file of weights, found {shown}")
    for entry in entries:
        match entry:
            case {"name": str(), "shape": [*shape]} if all(type(length) is int and length > 0 for length in shape):
                pass
            case _:
                raise UserError(f"{path}: {reprlib.repr(entry)} is no weight with a name and a shape")
    return entries


def _check_names(path: Path, found: list[str], expected: Mapping[str, object]) -> None:
    for name in found:
        if name not in expected:
            raise UserError(f"{path}: has a weight {reprlib.repr(name)}, which this network has not")
    for name in expected:
        if found.count(name) != 1:
            raise UserError(f"{path}: has {found.count(name)} weights {name!r}; expected one")


def _kind(path: Path, entry: dict[str, Any], expected: Sequence[int]) -> str:
    """What a weight is stored as: float32 or uint8."""
    name = entry["name"]
    if entry["shape"] != list(expected):
        raise UserError(f"{path}: {name} has shape {reprlib.repr(entry['shape'])}; expected {list(expected)}")
    if entry.get("dtype") != "float32":
        raise UserError(f"{path}: {name} has dtype {reprlib.repr(entry.get('dtype'))}; allowed: 'float32'")
    match entry.get("quantization"):
        case None:
            return "float32"
        case {"dtype": "uint8", "scale": int() | float() as scale, "min": int() | float() as low} if math.isfinite(
            scale
        ) and math.isfinite(low):
            return "uint8"
        case other:
            raise UserError(
                f"{path}: {name} has quantization {reprlib.repr(other)}; allowed: uint8 with finite scale and min"
            )


def _content(path: Path, promised: int) -> bytes:
    try:
        size = path.stat().st_size
        if size == promised:
            return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; fetch it first: dvc repro fetch_faces") from None
    raise UserError(
        f"{path}: {size} bytes; its manifest promises {promised}; fetch both again: dvc repro -f fetch_faces"
    )


def _numbers(stored: NDArray[Any], entry: dict[str, Any]) -> NDArray[np.float32]:
    steps = entry.get("quantization")
    values = stored if steps is None else stored * float(steps["scale"]) + float(steps["min"])
    return np.asarray(values, np.float32).copy()
