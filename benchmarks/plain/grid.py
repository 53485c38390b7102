"""The plain grid: all runs in one process, one after the other."""

import time

import torch

from benchmarks.measuring.clock import Measurement, run
from benchmarks.measuring.process import matrix_product_rate, peak_memory, synchronize
from benchmarks.plain.side import points_training
from benchmarks.rows import grid_runs


def measure_grid(steps: int, warm_up: int, device: torch.device) -> Measurement:
    """Time `steps` steps of each run, its set-up included, after `warm_up` steps of the first one."""
    runs = grid_runs()
    run(points_training(*runs[0][:2], device), warm_up)
    synchronize(device)
    start, cpu_start = time.perf_counter(), time.process_time()
    for variant, optimizer, seed in runs:
        run(points_training(variant, optimizer, device, seed), steps)
    synchronize(device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    memory = peak_memory(device)
    return Measurement(
        steps=steps * len(runs),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory=memory,
        flops_per_step=None,
        matrix_flops=matrix_product_rate(device, "fp32"),
        threads=torch.get_num_threads(),
        processes=1,
        work={"runs": len(runs), **points_training(*runs[0][:2], device).work()},
    )
