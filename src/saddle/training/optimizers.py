"""The optimizers, and their settings."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn, optim


class FlatRMSprop(optim.RMSprop):
    """RMSprop over all parameters of a network at once, which become parts of one tensor, and so do their gradients.

    The update is elementwise, so it is the same bit for bit. Parameter by parameter it takes an eighth of a training
    step of networks as small as those of the points; PyTorch has no fused RMSprop.
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, lr: float) -> None:
        parameters = list(network.parameters())
        whole = nn.Parameter(torch.cat([parameter.flatten() for parameter in parameters]))
        whole.grad = torch.zeros_like(whole)
        sizes = [parameter.numel() for parameter in parameters]
        for parameter, part, gradient in zip(parameters, whole.split(sizes), whole.grad.split(sizes), strict=True):
            parameter.data = part.view_as(parameter)
            parameter.grad = gradient.view_as(parameter)
        super().__init__([whole], lr=lr)

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Zeros, in place: gradients that were dropped would come back as tensors of their own."""
        super().zero_grad(set_to_none=False)


@dataclass(frozen=True)
class OptimizerSettings:
    """Which optimizer trains a network, and how fast; what is not set here has PyTorch's default.

    name: a key of `OPTIMIZERS`. lr: learning rate. betas: of those of Adam's kind; the others have none.
    """

    name: str
    lr: float
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, network: nn.Module) -> optim.Optimizer:
        """An optimizer of all parameters of `network`, which should be on its device already.

        Raises `ValueError` if there is none of this name.
        """
        if self.name not in OPTIMIZERS:
            raise ValueError(f"unknown optimizer {self.name!r}; known: {', '.join(OPTIMIZERS)}")
        return OPTIMIZERS[self.name](network, self)


# Adam and AdamW update all parameters in one call (fused). SGD is plain, without momentum, as R3 compares it.
OPTIMIZERS: dict[str, Callable[[nn.Module, OptimizerSettings], optim.Optimizer]] = {
    "rmsprop": lambda network, own: FlatRMSprop(network, own.lr),
    "adam": lambda network, own: optim.Adam(network.parameters(), lr=own.lr, betas=own.betas, fused=True),
    "adamw": lambda network, own: optim.AdamW(network.parameters(), lr=own.lr, betas=own.betas, fused=True),
    "sgd": lambda network, own: optim.SGD(network.parameters(), lr=own.lr),
}
