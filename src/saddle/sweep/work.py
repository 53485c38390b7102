"""One run of a sweep: trained and measured as the stages do it, in whatever process."""

import io
from contextlib import redirect_stderr

import numpy as np
import torch

from saddle.comparison.version import Version, own_version
from saddle.core.device import choose_device
from saddle.core.process import tune_process, use_threads
from saddle.errors import UserError
from saddle.experiments.images.training import train_images
from saddle.experiments.points.training import train_points
from saddle.metrics.images.features import batches, extract_features
from saddle.metrics.images.measuring import ImageProtocol, generated_batches, mean_score, measure_images
from saddle.metrics.points.measuring import measure_discriminator, measure_generator, measure_run, w2_over_time
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
    settings, protocol, test = row.settings, protocol_of(row.settings), inputs.test
    run = train_points(settings, row.variant, settings.optimizer_of(row.variant), inputs.train, len(test), quiet=True)
    generator, discriminator = run.generator.cpu(), run.discriminator.cpu()
    measured = measure_generator(generator, test, protocol, settings.seed)
    says = measure_discriminator(generator, discriminator, run.snapshots.score, test, protocol, settings.seed)
    clouds = [np.asarray(samples, np.float64) for samples in run.snapshots.samples]
    distances = w2_over_time(clouds, test, protocol)
    w2 = float(measured.pop("w2") or 0.0)
    came_to = measure_run(run.snapshots.epoch, distances, w2, inputs.floor, protocol.fit_threshold)
    return {"w2": w2, "w2_floor": inputs.floor, "w2_ratio": w2 / inputs.floor, **measured, **says, **came_to}


def _images(row: Row, inputs: ImageInputs) -> dict[str, float | None]:
    settings, device = row.settings, choose_device(row.settings.device)
    # Without the bar of a run that is one of many beside each other.
    with redirect_stderr(io.StringIO()):
        run = train_images(settings, row.variant, inputs.train, inputs.dataset)
    use_threads(settings.mnist.evaluation.threads)
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump(exclude={"threads"}))
    generated = list(generated_batches(run.generator, protocol.samples, settings.seed, device))
    features = extract_features(inputs.classifier.to(device), generated)
    measured = measure_images(features, inputs.real.first(protocol.samples), protocol, settings.seed)
    test = batches(inputs.test[: protocol.samples], run.generator.sample_shape[-1], device)
    with torch.no_grad():
        measured["d_real"] = mean_score(run.discriminator, run.snapshots.score, test)
        measured["d_fake"] = mean_score(run.discriminator, run.snapshots.score, generated)
    return measured
