"""The project's side of each row: what `train_points` and `train_images` set up, step by step.

The loop is `adversarial_steps` itself, without the snapshots, the log and the progress bar that `fit` adds: the plain
loops have none either. The figures of each step (`StepRecord`) are part of it.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.rows import Row
from benchmarks.training import Training
from saddle.config import Settings, load_settings
from saddle.data.mnist.dataset import load_mnist
from saddle.data.points.reading import read_points
from saddle.data.points.splitting import held_out
from saddle.experiments.images import training as images_experiment
from saddle.experiments.points import training as points_experiment
from saddle.training.batches import TrainingData
from saddle.training.loop import Method, adversarial_steps
from saddle.training.state import TrainingState


class _Ready(BaseException):
    """Carries what a training would have given to `fit`; no `except Exception` on its way may take it."""

    def __init__(self, state: TrainingState, data: TrainingData, method: Method) -> None:
        super().__init__()
        self.given = (state, data, method)


def settings_for(device: torch.device, precision: str) -> Settings:
    """The settings of params.yaml, which `device` and `precision` replace, with R3's recipe and the full budgets."""
    own = {"device": device.type, "precision": precision, "scale": "full"}
    return load_settings().under("minibatch").model_copy(update=own)


def threads(row: Row, settings: Settings) -> int | None:
    """How many threads params.yaml gives the training of a row; None for PyTorch's own choice."""
    return settings.points.threads if row.experiment != "mnist" else settings.mnist.variant(row.variant).threads


def training_points(settings: Settings) -> NDArray[np.float64]:
    """The points that the stage `prepare_points` would leave to train on, (n, 2)."""
    own = settings.points
    points = read_points(own.file, own.variable)
    return held_out(points, own.variable, own.train_size, settings.seed, own.file).train


def points_training(settings: Settings, variant: str, optimizer: str, train: NDArray[np.float64]) -> Training:
    """A training of the points with `optimizer`, its seed that of `settings`."""
    set_up = points_experiment.train_points
    return _training(points_experiment, lambda: set_up(settings, variant, optimizer, train, held_out=1, quiet=True))


def training(row: Row, settings: Settings, mnist: Path) -> Training:
    """The training of a row of points or of MNIST. mnist: the folder with MNIST's files.

    Raises `UserError` if the data are not there or params.yaml lacks the variant.
    """
    if row.experiment == "points":
        return points_training(settings, row.variant, "rmsprop", training_points(settings))
    return training_of_images(settings, row.variant, load_mnist(mnist).train_images)


def training_of_images(settings: Settings, variant: str, images: torch.Tensor) -> Training:
    """A training of an image variant. images: (n, 28, 28) uint8."""
    set_up = images_experiment.train_images
    return _training(images_experiment, lambda: set_up(settings, variant, images, "images"))


def _training(experiment: ModuleType, run: Callable[[], object]) -> Training:
    """What `run`, a training of the module `experiment`, has ready when it would call `fit`."""

    def instead_of_fit(state: TrainingState, data: TrainingData, method: Method, *_: Any, **__: Any) -> None:
        raise _Ready(state, data, method)

    with patch.object(experiment, "fit", instead_of_fit):
        try:
            run()
        except _Ready as ready:
            state, data, method = ready.given
            steps = adversarial_steps(state, data, method, sys.maxsize)
            return Training(steps, state.generator, state.discriminator, data.batch, method.critic_steps)
    raise RuntimeError(f"{experiment.__name__} trained without calling fit")
