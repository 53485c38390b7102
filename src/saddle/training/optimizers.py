"""The three optimizers that R3 compares, and their settings."""

from dataclasses import dataclass

import torch
from torch import nn, optim


class FlatRMSprop(optim.RMSprop):
    """RMSprop over all parameters of a network at once, which become parts of one tensor, and so do their gradients.

    The update is elementwise, so it is the same bit for bit. Parameter by parameter it takes an eighth of a training
    step of networks as small as those of the points; PyTorch has no fused RMSprop.
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, learning_rate: float) -> None:
        parameters = list(network.parameters())
        whole = nn.Parameter(torch.cat([parameter.flatten() for parameter in parameters]))
        whole.grad = torch.zeros_like(whole)
        sizes = [parameter.numel() for parameter in parameters]
        for parameter, part, gradient in zip(parameters, whole.split(sizes), whole.grad.split(sizes), strict=True):
            parameter.data = part.view_as(parameter)
            parameter.grad = gradient.view_as(parameter)
        super().__init__([whole], lr=learning_rate)

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Zeros, in place: gradients that were dropped would come back as tensors of their own."""
        super().zero_grad(set_to_none=False)


@dataclass(frozen=True)
class OptimizerSettings:
    """name: "rmsprop", "adam" or "sgd" (plain, no momentum); betas: Adam's alone."""

    name: str
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, network: nn.Module) -> optim.Optimizer:
        """An optimizer of all parameters of `network`; what is not set here has PyTorch's default.

        RMSprop's makes the parameters views of one tensor, so the network should be on its device already.
        """
        parameters = network.parameters()
        match self.name:
            case "rmsprop":
                return FlatRMSprop(network, self.learning_rate)
            case "adam":
                return optim.Adam(parameters, lr=self.learning_rate, betas=self.betas, fused=True)
            case "sgd":
                return optim.SGD(parameters, lr=self.learning_rate)
        raise ValueError(f"unknown optimizer {self.name!r}")
