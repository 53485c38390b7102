"""Reading a generator from a file: a model of this pipeline, or one that others published."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from saddle.core.model_file import load_model
from saddle.core.network import Generator
from saddle.sefa.layouts import load_published

OWN_SUFFIX = ".safetensors"
# A safetensors file begins with the length of its header, whose first byte is a brace.
HEADER = re.compile(rb"(?s).{8}\{")


def read_generator(path: str | Path, device: torch.device) -> tuple[Generator, Mapping[str, Any], str]:
    """The generator in a file, on `device`, in evaluation mode; what the file says of its training; and a note.

    What a file is, its content tells, whatever it is called: a model file of this pipeline, or a PyTorch checkpoint
    that others published, which says nothing of its training. The note is one line on what of that is not used; empty
    if nothing. Raises `UserError` as `load_model` and `load_published`.
    """
    path = Path(path)
    if path.suffix == OWN_SUFFIX or not path.is_file() or _is_model_file(path):
        model = load_model(path, ("generator",), device)
        return model["generator"], model.facts, ""
    generator, note = load_published(path)
    return generator.to(device), {}, note


def _is_model_file(path: Path) -> bool:
    with path.open("rb") as file:
        return HEADER.match(file.read(9)) is not None
