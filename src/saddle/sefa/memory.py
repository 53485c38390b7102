"""How many images may be drawn at once."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from saddle.core.network import Generator
from saddle.errors import UserError

# The memory really taken, in multiples of what the largest operation reads and writes. Convolutions make rearranged
# copies, and allocators keep more than is in use. Measured for ProGAN at 1024 x 1024 on the CPU: 2 for one batch, up to
# 3 after many.
WORKSPACE = 3.0
# Larger batches are no faster, and the progress bar would rarely move.
MOST_IMAGES = 256


class _LargestStep(TorchFunctionMode):
    """Records how many bytes the operands and the result of an operation take, for the largest operation."""

    largest = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = [value for value in (*args, result) if isinstance(value, Tensor)]
        self.largest = max(self.largest, sum(tensor.nbytes for tensor in tensors))
        return result


def bytes_per_image(generator: Generator) -> int:
    """About how many bytes it takes to draw one image, beyond the weights.

    Only shapes are needed: the generator is run on PyTorch's `meta` device, which computes and allocates nothing. The
    generator must be in evaluation mode.
    """
    tensors = {**dict(generator.named_parameters()), **dict(generator.named_buffers())}
    shapes = {name: tensor.to("meta") for name, tensor in tensors.items()}
    latents = torch.empty(1, generator.latent_dim, device="meta")
    with torch.no_grad(), _LargestStep() as step:
        functional_call(generator, shapes, (latents,))
    return int(WORKSPACE * step.largest)


def images_per_batch(generator: Generator, memory_gb: float) -> int:
    """How many images may be drawn at once, 256 at most, if they may take `memory_gb` beyond the weights.

    memory_gb: in units of 10^9 bytes.

    Raises `UserError` if not even one image fits.
    """
    each = bytes_per_image(generator)
    if not memory_gb * 1e9 >= each:
        side = generator.sample_shape[-1]
        raise UserError(
            f"memory_gb is {memory_gb:g}; allowed: at least {math.ceil(each / 1e6) / 1000:g}, which one image of "
            f"{side} x {side} pixels needs"
        )
    return min(int(memory_gb * 1e9 / each), MOST_IMAGES)
