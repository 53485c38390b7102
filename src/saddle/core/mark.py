"""A name for all that a training depends on: what was kept of it may be taken up again only by the very same one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

# The folders of the package whose code decides what a training comes to.
CODE = ("core", "data", "experiments", "networks", "training")


def mark_of(relevant: Mapping[str, object], *data: bytes, code: Sequence[str] = CODE) -> str:
    """16 hexadecimal digits that change whenever the result of a training could.

    relevant: JSON-able, the settings that it depends on. data: what it is trained on. code: the package's folders that
    decide it; their code and PyTorch's version are added here.
    """
    digest = hashlib.sha256(json.dumps({**relevant, "torch": torch.__version__}, sort_keys=True).encode())
    for content in data:
        digest.update(content)
    package = Path(__file__).parents[1]
    for path in sorted(path for folder in code for path in (package / folder).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
