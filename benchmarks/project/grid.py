"""The project's grid: the runs beside each other in the worker processes of its comparison."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measuring.clock import Measurement, run, step_flops
from benchmarks.measuring.process import matrix_product_rate, peak_memory, synchronize
from benchmarks.project.side import on_one_thread, points_training, settings_for, training_points
from benchmarks.rows import grid_runs
from saddle.comparison.cluster import completed, connected, default_workers
from saddle.config import Settings
from saddle.core.process import tune_process, use_threads

T = TypeVar("T")


def measure_grid(steps: int, warm_up: int, device: torch.device) -> Measurement:
    """Time `steps` steps of each run, its set-up included, once every worker has started and done `warm_up` steps.

    Starting the workers takes seconds that a whole comparison, of an hour or so, does not notice.
    """
    settings = on_one_thread(settings_for(device, "fp32"))
    points = training_points(settings)
    runs = grid_runs()
    workers = min(settings.comparison.workers or default_workers(device.type), len(runs))
    train = partial(_train, settings, points, device)
    with connected(None, workers) as client:
        addresses = list(client.ncores())

        def on_each(work: Callable[[], T]) -> list[T]:
            futures = [client.submit(work, workers=[address], pure=False) for address in addresses]
            return [future.result() for future in futures]

        on_each(partial(train, warm_up, runs[0]))
        cpu_start = sum(on_each(time.process_time))
        start, own_start = time.perf_counter(), time.process_time()
        list(completed(client, partial(train, steps), runs))
        seconds, own_seconds = time.perf_counter() - start, time.process_time() - own_start
        cpu_seconds = sum(on_each(time.process_time)) - cpu_start + own_seconds
        memory = sum(on_each(partial(peak_memory, device)), peak_memory(device))
        rate = sum(on_each(partial(matrix_product_rate, device, "fp32")))
    trainings = [points_training(settings, variant, optimizer, points) for variant, optimizer, _ in runs]
    return Measurement(
        steps=steps * len(runs),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory=memory,
        flops_per_step=sum(map(step_flops, trainings)) / len(runs),
        matrix_flops=rate,
        threads=settings.points.threads or 1,
        processes=workers,
        work={"runs": len(runs), **trainings[0].work()},
    )


def _train(
    settings: Settings, points: NDArray[np.float64], device: torch.device, steps: int, cell: tuple[str, str, int]
) -> None:
    """One run in a worker process, which is set up as a comparison sets it up."""
    tune_process()
    use_threads(settings.points.threads)
    variant, optimizer, seed = cell
    run(points_training(settings.model_copy(update={"seed": seed}), variant, optimizer, points), steps)
    synchronize(device)
