"""One run of a sweep: trained and measured as the stages do it, in whatever process."""

import numpy as np

from saddle.comparison.version import Version, own_version
from saddle.core.device import choose_device
from saddle.core.process import tune_process, use_threads
from saddle.errors import UserError
from saddle.experiments.images.training import train_images
from saddle.experiments.points.training import train_points
from saddle.metrics.images import measuring as images
from saddle.metrics.points import measuring as points
from saddle.metrics.shared.writing import rounded
from saddle.sweep.grid import Row
from saddle.sweep.inputs import ImageInputs, Inputs, PointsInputs, protocol_of
from saddle.training.fit import DivergenceError

# What a run has come to: the metrics, with six digits; None where the training diverged.
Measured = dict[str, float | None] | None


def work(row: Row, inputs: Inputs, expected: Version) -> Measured:
    """Train and measure `row`.

    expected: the project's version where the sweep was started. Raises `UserError` if it is another one here.
    """
    own = own_version()
    if own != expected:
        raise UserError(f"a worker has {own}, but the sweep was started with {expected}; bring both to one commit")
    tune_process()
    use_threads(row.threads)
    try:
        measured = _points(row, inputs) if isinstance(inputs, PointsInputs) else _images(row, inputs)
    except DivergenceError:
        return None
    return {name: None if value is None else rounded(value) for name, value in measured.items()}


def _points(row: Row, inputs: PointsInputs) -> dict[str, float | None]:
    settings, test = row.settings, inputs.test
    run = train_points(settings, row.variant, settings.optimizer_of(row.variant), inputs.train, len(test), quiet=True)
    clouds = [np.asarray(samples, np.float64) for samples in run.snapshots.samples]
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
    use_threads(settings.mnist.evaluation.threads)
    return images.measure_trained(
        run.generator,
        run.discriminator,
        run.snapshots.score,
        inputs.classifier.to(choose_device(settings.device)),
        inputs.test,
        inputs.real,
        images.ImageProtocol(**settings.mnist.evaluation.model_dump(exclude={"threads"})),
        settings.seed,
    )
