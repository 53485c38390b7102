"""Reading the generators whose latent spaces are searched: those of this pipeline, and those that others published."""

import sys
from pathlib import Path

import torch

from saddle.config import SefaSettings
from saddle.core.model_file import load_model
from saddle.core.network import Generator
from saddle.sefa.foreign import load_generator

OWN_SUFFIX = ".safetensors"


def read_generator(path: str | Path, settings: SefaSettings, device: torch.device) -> tuple[Generator, str | None]:
    """The generator in a file, on `device`, in evaluation mode, truncated as `settings` say; and its data set.

    A model file of this pipeline (`.safetensors`) knows what it was trained on; of a file that others published the
    data set is None, and a line on stderr says what of it is not used. Raises `UserError` as `load_model` and
    `load_generator`.
    """
    dataset: str | None = None
    if Path(path).suffix == OWN_SUFFIX:
        model = load_model(path, ("generator",), device)
        generator: Generator = model["generator"]
        dataset = str(model.facts.get("dataset"))
    else:
        generator, note = load_generator(path)
        if note:
            print(note, file=sys.stderr)
    generator.to(device).truncate(settings.truncation.psi, settings.truncation.layers)
    return generator, dataset
