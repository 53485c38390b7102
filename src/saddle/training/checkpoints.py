"""What is kept of a training while it runs, so that it can go on where it was killed, and only that very training."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from saddle.core.files import replacing
from saddle.core.process import note_how_to_go_on

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


@dataclass
class Checkpoints:
    """The checkpoint of one training: a file in `folder`, named after the training and its mark.

    mark: stands for all that the training depends on, so that no other one takes the file up. seconds: at least so many
    pass between two checkpoints. The file is written beside its name and then renamed: it is whole or not there.
    """

    folder: Path
    name: str
    mark: str
    seconds: float
    _written: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.name}-{self.mark}.pt"

    def newest(self, *, quiet: bool = False) -> dict[str, Any] | None:
        """What `write_if_due` kept, its tensors on the CPU; None if there is nothing that this training can go on from.

        A file of the same training with other settings, data or code, and one that cannot be read, is passed over with
        a line on stderr that says so. quiet: say nothing.
        """
        say = (lambda line: None) if quiet else partial(print, file=sys.stderr)
        for other in sorted(self.folder.glob(f"{self.name}-{'[0-9a-f]' * 16}.pt")):
            if other != self.path:
                say(f"{other}: of other settings, data or code; not used")
        if not self.path.is_file():
            return None
        try:
            content: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file makes PyTorch raise many kinds
            say(f"{self.path}: cannot be read ({type(error).__name__}); not used")
            return None
        say(f"{self.name}: goes on from {self.path}")
        note_how_to_go_on(f"started again, it goes on from {self.path}")
        return content

    def write_if_due(self, content: Callable[[], dict[str, Any]]) -> None:
        """Keep `content()`, tensors, numbers, text and containers of them, if the last time is long enough ago."""
        if time.monotonic() - self._written >= self.seconds:
            with replacing(self.path) as part:
                torch.save(content(), part)
            self._written = time.monotonic()
            note_how_to_go_on(f"started again, it goes on from {self.path}")

    def remove(self) -> None:
        """Take the file away: the training has ended."""
        self.path.unlink(missing_ok=True)
