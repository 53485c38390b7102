"""Model files (safetensors)."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from corpus.case import Case
from saddle.core.model_file import load_model

TENSORS = {"generator.layer.weight": torch.zeros(2, 2)}
NOT_OURS = "not a model written by this pipeline"


def meet(path: Path) -> object:
    return load_model(path, ("generator",))


def raw(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "model.safetensors").write_bytes(content)
        return folder / "model.safetensors"

    return make


def described(description: object) -> Callable[[Path], Path]:
    written = description if isinstance(description, str) else json.dumps(description)
    return raw(save(TENSORS, {"saddle": written}))


def of(kind: object, settings: object, **more: Any) -> Mapping[str, Any]:
    networks = {"generator": {"kind": kind, "settings": settings}}
    return {"format": "saddle-2", "networks": networks, "facts": {}, **more}


def headed(header: Any, values: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + values


NO_FILE = "no such model file"
CASES = [
    Case("model missing", lambda folder: folder / "model.safetensors", meet, NO_FILE),
    Case("model is a folder", lambda folder: folder, meet, "not a file"),
    Case("model empty", raw(b""), meet, "not a safetensors model file"),
    Case("model is text", raw(b"hello " * 99), meet, "not a safetensors model file"),
    Case("model whose header claims 2^63 bytes", raw(struct.pack("<Q", 2**63) + b"{}"), meet, "not a safetensors"),
    Case("model whose header is no JSON", raw(struct.pack("<Q", 3) + b"{{{"), meet, "not a safetensors"),
    Case("model whose header is a list", raw(headed([1])), meet, "not a safetensors"),
    Case(
        "model whose tensor claims 4 TB",
        raw(headed({"a": {"dtype": "F32", "shape": [2**20, 2**20], "data_offsets": [0, 2**42]}})),
        meet,
        "not a safetensors",
    ),
    Case(
        "model whose tensor begins after its end",
        raw(headed({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, bytes(4))),
        meet,
        "not a safetensors",
    ),
    Case("model cut", raw(save(TENSORS, {"saddle": json.dumps(of("mlp", {}))})[:-3]), meet, "not a safetensors"),
    Case("model of others", raw(save(TENSORS, {})), meet, NOT_OURS),
    Case("model whose description is no JSON", described("{"), meet, "not JSON"),
    Case("model whose description is a list", described([1]), meet, "expected an object"),
    Case("model of an older format", described({**of("mlp", {}), "format": "saddle-1"}), meet, "this version reads"),
    Case("model without networks", described({"format": "saddle-2"}), meet, "networks are None"),
    Case("model without a generator", described({**of("mlp", {}), "networks": {}}), meet, "holds no generator"),
    Case("model of an unknown kind", described(of("vae", {})), meet, "vae"),
]
