"""Timing the training of a side, and the matrix products that the machine could have done meanwhile."""

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from unittest.mock import patch

import torch
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker

# (rows, inner, columns) of products: square ones, and tall ones like a batch that meets a layer.
PRODUCTS = {
    "cpu": ((512, 512, 512), (1024, 1024, 1024), (8192, 256, 256), (2048, 784, 512)),
    "cuda": ((4096, 4096, 4096), (8192, 8192, 8192), (65536, 1024, 1024), (16384, 4096, 4096)),
}
SECONDS_A_PRODUCT = 0.2

# A training that has not begun: each `next` does one step, without end.
Training = Iterator[object]


@dataclass(frozen=True)
class Measurement:
    """What one process measured of one side.

    steps: timed ones. seconds: of the clock on the wall. cpu_seconds: of all threads and processes together.
    peak_memory: bytes, as `peak_memory` says, of all processes together. flops: of a step's matrix products and
    convolutions. matrix_flops: the rate of the machine's own matrix products, FLOP/s.
    """

    steps: int
    seconds: float
    cpu_seconds: float
    peak_memory: int
    flops: float
    matrix_flops: float


def measure(training: Training, steps: int, device: torch.device, precision: str) -> Measurement:
    """Count the FLOPs of the first step, warm up, time `steps` steps, and measure the matrix products."""
    # Later steps may be played back as a CUDA graph, in which nothing can be counted.
    flops = step_flops(training)
    run(training, warm_up(steps), device)
    start, cpu_start = time.perf_counter(), time.process_time()
    run(training, steps, device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    # Before the products, which need memory of their own.
    memory = peak_memory(device)
    return Measurement(steps, seconds, cpu_seconds, memory, flops, matrix_product_rate(device, precision))


def warm_up(steps: int) -> int:
    """Steps before the clock starts: the first ones allocate memory and choose algorithms."""
    return max(1, steps // 10)


def run(training: Training, steps: int, device: torch.device) -> None:
    """Do so many steps, and wait until `device` has done them; a clock may be read then."""
    for _ in islice(training, steps):
        pass
    synchronize(device)


def synchronize(device: torch.device) -> None:
    """Wait until `device` has done what was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def step_flops(training: Training) -> int:
    """The floating-point operations of the next step's matrix products and convolutions, as PyTorch counts them."""
    # Without the hooks that tell modules apart: they fail where a penalty differentiates by a module's input.
    with patch.object(ModuleTracker, "_fw_pre_hook", return_value=None), FlopCounterMode(display=False) as counter:
        next(training)
    return int(counter.get_total_flops())


def peak_memory(device: torch.device) -> int:
    """The most bytes held at once so far: tensors on a GPU, or else all of this process (its resident set)."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@torch.no_grad()
def matrix_product_rate(device: torch.device, precision: str) -> float:
    """The largest rate of a few matrix products in FLOP/s, at this process's threads.

    precision: "fp32" or "bf16". It stands for what the machine can do: no training step does more.
    """
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    rates = []
    for rows, inner, columns in PRODUCTS[device.type]:
        left = torch.ones(rows, inner, device=device, dtype=dtype)
        right = torch.ones(inner, columns, device=device, dtype=dtype)
        result, count = left @ right, 0
        start = time.perf_counter()
        while (seconds := time.perf_counter() - start) < SECONDS_A_PRODUCT:
            torch.mm(left, right, out=result)
            synchronize(device)
            count += 1
        rates.append(2 * rows * inner * columns * count / seconds)
    return max(rates)
