"""The optimizers by name, their settings, and the learning rate over a run."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

# Fused, or foreach: all parameters in one call. On a CUDA device the rate is a tensor there, where steps that are
# played back find it.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "rmsprop": lambda parameters, lr, betas, capturable: RMSprop(parameters, lr, foreach=True, capturable=capturable),
    "adam": lambda parameters, lr, betas, capturable: Adam(parameters, lr, betas, fused=True, capturable=capturable),
    "adamw": lambda parameters, lr, betas, capturable: AdamW(parameters, lr, betas, fused=True, capturable=capturable),
    "sgd": lambda parameters, lr, betas, capturable: SGD(parameters, lr, fused=True),
}


@dataclass(frozen=True)
class OptimizerSettings:
    """Which optimizer trains a network, and how fast; what is not set here has PyTorch's default.

    name: a key of `OPTIMIZERS`. lr: learning rate. betas: of those of Adam's kind; the others have none.
    """

    name: str
    lr: float
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, network: nn.Module) -> Optimizer:
        """An optimizer of all parameters of `network`, which should be on its device already."""
        parameters = list(network.parameters())
        on_cuda = parameters[0].device.type == "cuda"
        lr = torch.tensor(self.lr, device=parameters[0].device) if on_cuda else self.lr
        return OPTIMIZERS[self.name](parameters, lr, self.betas, on_cuda)


# What is left of the rate once a share of the run, 0 to 1, is done.
DECAYS: dict[str, Callable[[float], float]] = {
    "none": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: (1.0 + math.cos(math.pi * done)) / 2,
}


@dataclass(frozen=True)
class Schedule:
    """The rate of both networks: `lr` at the first of `steps` steps, falling to 0 as `decay`, a key of `DECAYS`, says.

    The rate of a step follows from its number alone, so that a restored run goes on as it would have.
    """

    lr: float
    decay: str
    steps: int

    def rate(self, step: int) -> float:
        """The learning rate of the step after `step` others."""
        return self.lr * DECAYS[self.decay](step / self.steps)

    def apply(self, optimizers: Iterable[Optimizer], step: int) -> None:
        """Give `optimizers` the rate of the step after `step` others. A rate that is a tensor stays where it is."""
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(self.rate(step))
            else:
                group["lr"] = self.rate(step)
