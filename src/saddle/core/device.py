"""Choosing where to train, and how exactly."""

import torch

from saddle.errors import UserError


def choose_device(name: str) -> torch.device:
    """The device that `device` in params.yaml names; "auto" takes CUDA, else MPS, else the CPU.

    Raises `UserError` if a device is asked for that this machine does not have.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError(f"device is {name!r}, but PyTorch sees no CUDA device here; use auto or cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"device is {name!r}, but this machine has cuda:0 to cuda:{torch.cuda.device_count() - 1}")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError("device is 'mps', but PyTorch has no MPS here; use auto or cpu")
    return device


def use_precision(precision: str) -> None:
    """How CUDA devices round the factors of float32 products from now on: as they are, or with "tf32" to 10 bits.

    By PyTorch's default convolutions would be rounded and matrix products not. With "bf16", what autocast leaves in
    float32 is as with "fp32".
    """
    rounded = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = rounded
    torch.backends.cudnn.allow_tf32 = rounded
    # Of several ways to compute a gradient, one whose result is the same each time.
    torch.backends.cudnn.deterministic = True
