"""Train one image variant as long as its report did, and measure and draw it: `python -m stages full_length mlp`.

It is no stage of the pipeline: it takes a quarter of an hour on one core for the fully connected variants, and hours
for DCGAN without a GPU. Its figures and pictures are committed with a record of what made them.
"""

import hashlib
from pathlib import Path

import torch
from dvc.repo import Repo

from saddle.config import Settings, load_settings
from saddle.core.files import read_object, write_json, write_metrics
from saddle.core.process import choose_device
from saddle.data.images import load_images
from saddle.data.mnist.files import read_source
from saddle.experiments.images import training_mark
from saddle.version import __version__
from stages import evaluate_images, paths, render_images, train_images

# Samples a side in the grids: enough to see what share of them are digits.
GRID = 10


def main(variant: str) -> None:
    """Read its data, their classifier and features; write the model, its metrics, pictures and record.

    A training of the same settings, data and code that is there already is measured and drawn again, not trained.
    """
    settings = load_settings()
    images = settings.images.model_copy(update={"grid": GRID})
    settings = settings.model_copy(update={"scale": "full", "images": images})
    epochs = images.variant(variant).budgets.full.epochs
    data = load_images(paths.images(images.variant(variant).dataset), GRID)
    mark = training_mark(settings, variant, data.train_images, data.dataset)
    if not _is_trained(variant, mark):
        # Found here, and not after hours of training.
        with Repo() as repo:
            commit = repo.scm.get_rev()
        train_images.train(settings, paths.FULL, variant)
        write_json(_record(variant), record(settings, variant, mark, commit))
    metrics = evaluate_images.measured(settings, paths.FULL, variant)
    steps = epochs * (len(data.train_images) // images.variant(variant).batch_size)
    write_metrics(paths.metrics(paths.FULL, variant), {**metrics, "epochs": epochs, "steps": steps})
    render_images.stills(settings, paths.FULL, variant)


def record(settings: Settings, variant: str, mark: str, commit: str) -> dict[str, object]:
    """What made the files of a training. commit: of the code. Hashes are SHA-256, those of the data MD5."""
    return {
        "command": f"python -m stages full_length {variant}",
        "commit": commit,
        "mark": mark,
        "saddle": __version__,
        "torch": torch.__version__,
        "seed": settings.seed,
        "scale": settings.scale,
        "grid": settings.images.grid,
        "device": choose_device(settings.device).type,
        "devices": settings.devices,
        "precision": settings.precision,
        "settings": settings.images.variant(variant).model_dump(),
        "data": read_source(paths.RAW_MNIST).md5,
        "model": _hash(paths.model(paths.FULL, variant)),
        "samples": _hash(paths.samples(paths.FULL, variant)),
    }


def _is_trained(variant: str, mark: str) -> bool:
    """Whether the model and its samples are there, and are those of a record with this mark."""
    files = {"model": paths.model(paths.FULL, variant), "samples": paths.samples(paths.FULL, variant)}
    if not all(path.is_file() for path in (_record(variant), *files.values())):
        return False
    known = read_object(_record(variant))
    return known.get("mark") == mark and all(known.get(name) == _hash(path) for name, path in files.items())


def _record(variant: str) -> Path:
    return paths.plots(paths.FULL, variant) / "run.json"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
