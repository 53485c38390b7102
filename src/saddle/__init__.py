"""Train, draw, measure and compare generative adversarial networks, reproducibly.

For notebooks and scripts: `saddle.load` reads a trained generator. Importing the package alone imports no PyTorch.
"""

from pathlib import Path
from typing import IO, TYPE_CHECKING

from saddle.errors import UserError
from saddle.version import __version__

if TYPE_CHECKING:
    from saddle.commands.trained import TrainedGenerator

__all__ = ["UserError", "__version__", "load"]


def load(model: "str | Path | IO[bytes]", device: str = "cpu") -> "TrainedGenerator":
    """The generator of a trained model, ready to draw.

    model: a model file of this pipeline, or a PyTorch checkpoint that others published, in one of the layouts that
    `sefa.checkpoints` takes; what it is, its content tells. Its path, or the file opened for reading bytes, as
    `dvc.api.open(path, mode="rb")` opens it. device: where it draws, as `device` in params.yaml: "auto", "cpu", "cuda",
    "cuda:N" or "mps".

    Raises `UserError`, one line that names the file, if it is missing, is no such model or is damaged. No code that a
    file may hold is run.
    """
    from saddle.commands.trained import load_generator

    return load_generator(model, device)
