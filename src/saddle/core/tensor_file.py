"""Safetensors files: what one holds, known before anything of that size is in memory.

The format (huggingface/safetensors): eight bytes, little-endian, with the length of a JSON header; the header, which
gives each tensor's type, shape and place; the tensors' bytes.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from saddle.errors import UserError, reason, shown
from saddle.json_text import JsonError, parse_json

LENGTH_BYTES = 8
# Bytes. The deepest network that a model file may hold takes a tenth of it.
MOST_HEADER = 2**20
DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
METADATA = "__metadata__"


@dataclass(frozen=True)
class Entry:
    """One tensor of a file: its type as the format calls it, its shape, and where in the file its bytes begin."""

    dtype: str
    shape: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class TensorFile:
    """An open safetensors file: its metadata, and its tensors by name."""

    path: Path
    metadata: dict[str, str]
    entries: dict[str, Entry]

    @classmethod
    def open(cls, path: Path) -> "TensorFile":
        """Read the header of `path`, and no tensor.

        Raises `UserError`, one line that names the file, if it is missing, is no file, or is no safetensors file.
        """
        if not path.exists():
            raise UserError(f"{path}: no such model file; train it first (dvc repro) or name another")
        if not path.is_file():
            raise UserError(f"{path}: not a file, so no model file")
        try:
            with path.open("rb") as file:
                length = int.from_bytes(file.read(LENGTH_BYTES), "little")
                if length > MOST_HEADER:
                    raise UserError(
                        f"{path}: not a safetensors model file (its header claims {length:,} bytes; "
                        f"allowed: up to {MOST_HEADER:,})"
                    )
                header = parse_json(file.read(length))
            # The format's own library knows whether types, shapes and places agree with each other and with the file.
            with safe_open(path, framework="pt"):
                pass
        except (JsonError, SafetensorError) as error:
            raise UserError(f"{path}: not a safetensors model file ({reason(error)})") from None
        metadata = header.pop(METADATA, None) or {}
        data = LENGTH_BYTES + length
        entries = {name: _entry(described, data) for name, described in header.items()}
        return cls(path, metadata, entries)

    def fill(self, name: str, tensor: Tensor) -> None:
        """Read the tensor called `name` into `tensor`, which has its shape and type.

        Raises `UserError` if the file has become shorter, or the numbers are not finite.
        """
        content = torch.empty(tensor.shape, dtype=tensor.dtype)
        into = memoryview(content.reshape(-1).view(torch.uint8).numpy().data)
        with self.path.open("rb") as file:
            file.seek(self.entries[name].start)
            if file.readinto(into) != into.nbytes:
                raise UserError(f"{self.path}: became shorter while it was read")
        low, high = torch.aminmax(content)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise UserError(f"{self.path}: {shown(name)} has NaN or infinity among its numbers")
        tensor.copy_(content)


def _entry(described: dict[str, Any], data: int) -> Entry:
    return Entry(described["dtype"], tuple(described["shape"]), data + described["data_offsets"][0])
