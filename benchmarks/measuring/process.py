"""What a process has used so far, and the matrix products that it could do."""

import resource
import sys
import time

import torch

# (rows, inner, columns) of products: square ones, and tall ones like a batch that meets a layer.
PRODUCTS = {
    "cpu": ((512, 512, 512), (1024, 1024, 1024), (8192, 256, 256), (2048, 784, 512)),
    "cuda": ((4096, 4096, 4096), (8192, 8192, 8192), (65536, 1024, 1024), (16384, 4096, 4096)),
}
SECONDS_A_PRODUCT = 0.2


def synchronize(device: torch.device) -> None:
    """Wait until `device` has done what was asked of it; a clock may be read then."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


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
    return max(_rate(*product, device, dtype) for product in PRODUCTS[device.type])


def _rate(rows: int, inner: int, columns: int, device: torch.device, dtype: torch.dtype) -> float:
    left = torch.ones(rows, inner, device=device, dtype=dtype)
    right = torch.ones(inner, columns, device=device, dtype=dtype)
    result = left @ right
    synchronize(device)
    start, count, repeats = time.perf_counter(), 0, 1
    while (seconds := time.perf_counter() - start) < SECONDS_A_PRODUCT:
        for _ in range(repeats):
            torch.mm(left, right, out=result)
        synchronize(device)
        count += repeats
        repeats *= 2
    return 2 * rows * inner * columns * count / seconds
