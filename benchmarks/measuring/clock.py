"""Timing a training."""

import time
from dataclasses import dataclass
from itertools import islice

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measuring.process import matrix_product_rate, peak_memory, synchronize
from benchmarks.training import Training


@dataclass(frozen=True)
class Measurement:
    """What one process measured of one side.

    steps: timed ones. seconds: of the clock on the wall. cpu_seconds: of all threads and processes together.
    peak_memory: bytes, as `process.peak_memory` says, of all processes together. flops_per_step: of the project's
    matrix products and convolutions; None on the plain side, which has the same work done otherwise. matrix_flops: the
    rate of the machine's own matrix products, FLOP/s. threads: of PyTorch in a process. processes: how many train.
    work: what must be equal on both sides.
    """

    steps: int
    seconds: float
    cpu_seconds: float
    peak_memory: int
    flops_per_step: float | None
    matrix_flops: float
    threads: int
    processes: int
    work: dict[str, int]


def measure(
    training: Training, steps: int, warm_up: int, device: torch.device, precision: str, *, counted: Training | None
) -> Measurement:
    """Time `steps` steps after `warm_up` others, then measure the matrix products.

    counted: the same training on one thread, whose next step is counted: what a second thread does would be missed.
    """
    run(training, warm_up)
    synchronize(device)
    start, cpu_start = time.perf_counter(), time.process_time()
    run(training, steps)
    synchronize(device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    # Before the products, which need memory of their own.
    memory = peak_memory(device)
    return Measurement(
        steps=steps,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory=memory,
        flops_per_step=None if counted is None else step_flops(counted),
        matrix_flops=matrix_product_rate(device, precision),
        threads=torch.get_num_threads(),
        processes=1,
        work=training.work(),
    )


def run(training: Training, steps: int) -> None:
    """Do so many steps."""
    for _ in islice(training.steps, steps):
        pass


def step_flops(training: Training) -> int:
    """The floating-point operations of the next step's matrix products and convolutions, as PyTorch counts them."""
    with FlopCounterMode(display=False) as counter:
        run(training, 1)
    return int(counter.get_total_flops())
