"""What the runs of a sweep are trained on and measured against; prepared once, sent to each worker once."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.config import Settings
from saddle.core.mark import mark_of
from saddle.core.model_file import load_model
from saddle.data.mnist.dataset import load_mnist
from saddle.data.points.reading import read_points
from saddle.data.points.splitting import held_out, none_held_out
from saddle.errors import UserError
from saddle.files import read_metrics, write_json
from saddle.metrics.images.features import RealImages
from saddle.metrics.points.measuring import PointsProtocol, measure_floor
from saddle.networks.classifier.network import Classifier
from saddle.sweep.grid import Row


@dataclass(frozen=True)
class PointsInputs:
    """train, test: (n, 2). floor: W2 of as many real points."""

    train: NDArray[np.float64]
    test: NDArray[np.float64]
    floor: float


@dataclass(frozen=True)
class ImageInputs:
    """train, test: (n, 28, 28) uint8. dataset: its name. classifier, real: what generated images are measured by."""

    train: torch.Tensor
    test: torch.Tensor
    dataset: str
    classifier: Classifier
    real: RealImages


Inputs = PointsInputs | ImageInputs


@dataclass(frozen=True)
class ImageFiles:
    """Where the pipeline leaves what image runs need: MNIST, the classifier, the features of real images."""

    mnist: Path
    classifier: Path
    real: Path


def inputs_key(row: Row, base: Settings) -> str:
    """Rows with the same key have the same inputs. base: the settings of params.yaml, whose seed divides the points."""
    if row.experiment == "mnist":
        return "mnist"
    points = row.settings.points
    hold_out = points.chosen_recipe().hold_out
    size = points.train_size if hold_out else None
    measured = points.evaluation.model_dump()
    return json.dumps([points.file, points.variable, hold_out, size, points.max_points, measured, base.seed])


def prepared(row: Row, base: Settings, files: ImageFiles, kept: Path) -> Inputs:
    """The inputs of a row, as the stages prepare them.

    kept: a folder for what takes seconds to measure and is the same the next time. Raises `UserError` if something is
    missing or bad.
    """
    if row.experiment == "mnist":
        data = load_mnist(files.mnist)
        classifier = load_model(files.classifier, ("classifier",), torch.device("cpu"))["classifier"]
        assert isinstance(classifier, Classifier)
        real = RealImages.load(files.real)
        return ImageInputs(data.train_images, data.test_images, data.dataset, classifier, real)
    own = row.settings.points
    points = read_points(own.file, own.variable)
    if own.chosen_recipe().hold_out:
        split = held_out(points, own.variable, own.train_size, base.seed, own.file)
    else:
        split = none_held_out(points, own.variable, own.max_points, base.seed, own.file)
    return PointsInputs(split.train, split.test, _floor(split.others, split.test, row.settings, base.seed, kept))


def _floor(others: NDArray[np.float64], test: NDArray[np.float64], settings: Settings, seed: int, kept: Path) -> float:
    protocol = protocol_of(settings)
    mark = mark_of({"protocol": asdict(protocol), "seed": seed}, others.tobytes(), test.tobytes(), code=("metrics",))
    path = kept / f"{mark}.json"
    if path.is_file():
        with suppress(UserError):
            return read_metrics(path, ("w2",))["w2"]
    floor = measure_floor(others, test, protocol, seed)["w2"]
    assert floor is not None
    write_json(path, {"w2": floor})
    return floor


def protocol_of(settings: Settings) -> PointsProtocol:
    """How points are measured."""
    return PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
