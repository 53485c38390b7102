"""The project's side of each row: what `train_points` and `train_images` set up, step by step.

The loop is `adversarial_steps` itself, without the snapshots, the log and the progress bar that `fit` adds: the plain
loops have none either. The figures of each step (`StepRecord`) are part of it.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import torch

from benchmarks import clock
from benchmarks.clock import Measurement, Training
from benchmarks.rows import GRID_RUNS, GRID_VARIANTS, Row
from saddle.config import Settings, load_settings
from saddle.core.process import cores, tune_process, use_threads
from saddle.data.mnist.dataset import read_mnist
from saddle.data.points.dataset import Points, held_out, read_points
from saddle.experiments import images as images_experiment
from saddle.experiments import points as points_experiment
from saddle.training.loop import adversarial_steps


class _Ready(BaseException):
    """A training is set up; no `except Exception` on its way may take it."""


def settings_for(device: torch.device, precision: str) -> Settings:
    """The settings of params.yaml, which `device` and `precision` replace, with R3's recipe and the full budgets."""
    own = {"device": device.type, "precision": precision, "scale": "full"}
    return load_settings().under("minibatch").model_copy(update=own)


def training_points(settings: Settings) -> Points:
    """The points that the stage `prepare_points` would leave to train on, (n, 2)."""
    own = settings.points
    points = read_points(own.file, own.variable)
    return held_out(points, own.variable, own.train_size, settings.seed, own.file).train


def points_training(settings: Settings, variant: str, optimizer: str, train: Points) -> Training:
    """A training of the points with `optimizer`, its seed that of `settings`."""
    run = points_experiment.train_points
    return _instead_of_fit(points_experiment, lambda: run(settings, variant, optimizer, train, held_out=1))


def training(row: Row, settings: Settings, mnist: Path) -> Training:
    """The training of a row of points or of images. mnist: the folder with MNIST's files.

    Raises `UserError` if the data are not there or params.yaml lacks the variant.
    """
    if row.experiment == "points":
        return points_training(settings, row.variant, "rmsprop", training_points(settings))
    run, images = images_experiment.train_images, read_mnist(mnist).train_images
    return _instead_of_fit(images_experiment, lambda: run(settings, row.variant, images, "images"))


def _instead_of_fit(experiment: object, train: Callable[[], object]) -> Training:
    """What `train`, a training of the module `experiment`, has ready when it calls `fit`."""
    with patch.object(experiment, "fit", side_effect=_Ready) as fit, suppress(_Ready):
        train()
    state, data, method, *_ = fit.call_args.args
    return adversarial_steps(state, data, method, sys.maxsize)


def measured(row: Row, device: torch.device, steps: int, mnist: Path) -> Measurement:
    """Measure `steps` steps of a row, or of each run of the grid, with the threads of params.yaml."""
    settings = settings_for(device, row.precision)
    if row.experiment == "grid":
        return _measured_grid(settings, device, steps)
    use_threads(settings.points.threads if row.experiment == "points" else settings.images.variant(row.variant).threads)
    return clock.measure(training(row, settings, mnist), steps, device, row.precision)


def _measured_grid(settings: Settings, device: torch.device, steps: int) -> Measurement:
    """The runs beside each other, in worker processes as those of a comparison.

    The clock starts once every worker has started and is warm: that takes seconds which a whole comparison does not
    notice. Setting up each run is timed.
    """
    # Not at the top: no other row needs Dask, and what is imported counts as memory.
    from saddle.sweep.cluster import connected

    points = training_points(settings)
    workers = min(settings.comparison.workers or cores(), len(GRID_RUNS))
    train = partial(_train, settings, points, device)
    with connected(None, workers, "comparison.scheduler") as client:
        warm = partial(train, clock.warm_up(steps), GRID_RUNS[0])
        client.gather([client.submit(warm, workers=[worker], pure=False) for worker in client.ncores()])
        cpu_start, start = sum(client.run(time.process_time).values()) + time.process_time(), time.perf_counter()
        client.gather(client.map(partial(train, steps), GRID_RUNS, pure=False))
        seconds = time.perf_counter() - start
        cpu_seconds = sum(client.run(time.process_time).values()) + time.process_time() - cpu_start
        memory = sum(client.run(clock.peak_memory, device).values()) + clock.peak_memory(device)
        rate = sum(client.run(clock.matrix_product_rate, device, "fp32").values())
    trainings = [points_training(settings, variant, "rmsprop", points) for variant in GRID_VARIANTS]
    flops = mean(map(clock.step_flops, trainings))
    return Measurement(steps * len(GRID_RUNS), seconds, cpu_seconds, memory, flops, rate)


def _train(settings: Settings, points: Points, device: torch.device, steps: int, cell: tuple[str, str, int]) -> None:
    """One run in a worker process, which is set up as a comparison sets it up."""
    tune_process()
    use_threads(1)
    variant, optimizer, seed = cell
    clock.run(points_training(settings.model_copy(update={"seed": seed}), variant, optimizer, points), steps, device)
