"""One run of a sweep: what it is trained on and measured against, and the run itself, in whatever process."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from saddle.config import Settings
from saddle.core.files import read_object, rounded, write_json
from saddle.core.model_file import load_model
from saddle.core.process import choose_device, tune_process, use_threads
from saddle.data.images import load_images
from saddle.data.points.dataset import Points, Split, held_out, none_held_out, read_points
from saddle.errors import UserError
from saddle.experiments.images import train_images
from saddle.experiments.points import optimizer_of, train_points
from saddle.metrics.images import measuring as images
from saddle.metrics.images.features import RealImages
from saddle.metrics.points import measuring as points
from saddle.networks.classifier import Classifier
from saddle.sweep.rows import Row
from saddle.training.checkpoints import mark_of
from saddle.training.fit import DivergenceError

# What a run has come to: the metrics, with six digits; None where the training diverged.
Measured = dict[str, float | None] | None


@dataclass(frozen=True)
class PointsInputs:
    """train, test: (n, 2). floor: W2 of as many real points."""

    train: Points
    test: Points
    floor: float


@dataclass(frozen=True)
class ImageInputs:
    """train, test: bytes, as in `ImageData`. dataset: their name. classifier, real: what others are measured by."""

    train: torch.Tensor
    test: torch.Tensor
    dataset: str
    classifier: Classifier
    real: RealImages


Inputs = PointsInputs | ImageInputs


@dataclass(frozen=True)
class ImageFiles:
    """Where the pipeline leaves what image runs need, {} being the data set's name.

    data: the folder of the images. classifier, real: what generated ones are measured by.
    """

    data: str
    classifier: str
    real: str


def inputs_key(row: Row, base: Settings) -> str:
    """Rows with the same key have the same inputs. base: the settings of params.yaml, whose seed divides the points."""
    if row.experiment == "images":
        return row.settings.images.variant(row.variant).dataset
    own = row.settings.points
    hold_out = own.chosen_recipe().hold_out
    size = own.train_size if hold_out else None
    return json.dumps([own.file, own.variable, hold_out, size, own.max_points, own.evaluation.model_dump(), base.seed])


def prepared(row: Row, base: Settings, files: ImageFiles, kept: Path) -> Inputs:
    """The inputs of a row, as the stages prepare them.

    kept: a folder for what takes seconds to measure and is the same the next time. Raises `UserError` if something is
    missing or bad.
    """
    if row.experiment == "images":
        dataset = row.settings.images.variant(row.variant).dataset
        data = load_images(files.data.format(dataset))
        classifier = load_model(files.classifier.format(dataset), ("classifier",), torch.device("cpu"))["classifier"]
        assert isinstance(classifier, Classifier)
        real = RealImages.load(files.real.format(dataset))
        return ImageInputs(data.train_images, data.test_images, data.dataset, classifier, real)
    own = row.settings.points
    everything = read_points(own.file, own.variable)
    if own.chosen_recipe().hold_out:
        split = held_out(everything, own.variable, own.train_size, base.seed, own.file)
    else:
        split = none_held_out(everything, own.variable, own.max_points, base.seed, own.file)
    return PointsInputs(split.train, split.test, _floor(split, row.settings, base.seed, kept))


def _floor(split: Split, settings: Settings, seed: int, kept: Path) -> float:
    protocol = protocol_of(settings)
    relevant = {"protocol": asdict(protocol), "seed": seed}
    path = kept / f"{mark_of(relevant, split.others.tobytes(), split.test.tobytes(), code=('metrics',))}.json"
    with suppress(UserError):
        known: float = read_object(path)["w2"]
        return known
    floor = points.measure_floor(split.others, split.test, protocol, seed)["w2"]
    assert floor is not None
    write_json(path, {"w2": floor})
    return floor


def protocol_of(settings: Settings) -> points.PointsProtocol:
    """How points are measured."""
    return points.PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())


def work(row: Row, inputs: Inputs) -> Measured:
    """Train and measure `row` as the stages do it."""
    tune_process()
    use_threads(row.threads)
    try:
        measured = _points(row, inputs) if isinstance(inputs, PointsInputs) else _images(row, inputs)
    except DivergenceError:
        return None
    return {name: None if value is None else rounded(value) for name, value in measured.items()}


def _points(row: Row, inputs: PointsInputs) -> dict[str, float | None]:
    settings, test = row.settings, inputs.test
    run = train_points(settings, row.variant, optimizer_of(settings, row.variant), inputs.train, len(test), quiet=True)
    clouds = [np.asarray(samples, np.float64) for samples in run.snapshots.seen["samples"]]
    measured, _ = points.measure_trained(
        run.generator.cpu(),
        run.discriminator.cpu(),
        run.snapshots.score,
        (run.snapshots.epoch, clouds),
        test,
        inputs.floor,
        protocol_of(settings),
        settings.seed,
    )
    return measured


def _images(row: Row, inputs: ImageInputs) -> dict[str, float | None]:
    settings = row.settings
    run = train_images(settings, row.variant, inputs.train, inputs.dataset, quiet=True)
    use_threads(settings.images.evaluation.threads)
    return images.measure_trained(
        run.generator,
        run.discriminator,
        run.snapshots.score,
        inputs.classifier.to(choose_device(settings.device)),
        inputs.test,
        inputs.real,
        images.ImageProtocol(**settings.images.evaluation.model_dump(exclude={"threads"})),
        settings.seed,
    )
