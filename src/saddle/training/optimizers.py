"""The optimizers, and their settings.

They are not `torch.optim.Optimizer`: the first use of one imports PyTorch's compiler, which takes a second, and each
step of it costs a tenth of a millisecond beside the arithmetic. The arithmetic of Adam's kind is PyTorch's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.adamw import adamw

# PyTorch's defaults, which the reports leave as they are.
RMSPROP_DECAY, RMSPROP_EPS, ADAM_EPS, ADAMW_WEIGHT_DECAY = 0.99, 1e-8, 1e-8, 0.01


class Optimizer:
    """What updates the parameters of a network by their gradients. lr: the learning rate, which may be set anew.

    A parameter that has no gradient yet stays as it is, and so does what is kept of it.
    """

    def __init__(self, network: nn.Module, lr: float) -> None:
        self.parameters = list(network.parameters())
        self._lr = lr
        device = self.parameters[0].device
        # On a CUDA device a tensor there, which steps that are played back find in its place.
        self._rate: float | Tensor = torch.tensor(lr, device=device) if device.type == "cuda" else lr

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        if isinstance(self._rate, Tensor):
            self._rate.fill_(lr)
        else:
            self._rate = lr
        self._lr = lr

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update the parameters."""
        raise NotImplementedError

    def moments(self) -> dict[str, list[Tensor]]:
        """All tensors that it keeps from step to step, by name."""
        return {}

    def state_dict(self) -> dict[str, list[Tensor]]:
        """What must be saved so that a training can go on; the learning rate belongs to the settings."""
        return self.moments()

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, list[Tensor]]) -> None:
        """Take over what `state_dict` gave."""
        for name, kept in self.moments().items():
            for own, saved in zip(kept, state[name], strict=True):
                own.copy_(saved)


class SGD(Optimizer):
    """p <- p - lr g; plain, without momentum, as R3 compares it."""

    @torch.no_grad()
    def step(self) -> None:
        """As in `Optimizer`."""
        for parameter in self.parameters:
            if parameter.grad is None:
                continue
            if isinstance(self._rate, Tensor):
                parameter.addcmul_(parameter.grad, self._rate, value=-1)
            else:
                parameter.add_(parameter.grad, alpha=-self._rate)


class RMSprop(Optimizer):
    """Hinton, Neural Networks for Machine Learning, 2012, lecture 6e, as PyTorch has it.

    v <- 0.99 v + 0.01 g^2, p <- p - lr g / (sqrt(v) + 1e-8). All parameters of the network become parts of one tensor,
    and so do their gradients: the update is elementwise, so it is the same bit for bit, and parameter by parameter it
    would take an eighth of a training step of networks as small as those of the points.
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, lr: float) -> None:
        super().__init__(network, lr)
        self._whole = torch.cat([parameter.flatten() for parameter in self.parameters])
        self._gradient, self._squares = torch.zeros_like(self._whole), torch.zeros_like(self._whole)
        sizes = [parameter.numel() for parameter in self.parameters]
        for parameter, part, gradient in zip(
            self.parameters, self._whole.split(sizes), self._gradient.split(sizes), strict=True
        ):
            parameter.data = part.view_as(parameter)
            parameter.grad = gradient.view_as(parameter)

    def zero_grad(self) -> None:
        """Zeros, in place: gradients that were dropped would come back as tensors of their own."""
        self._gradient.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """As in `Optimizer`."""
        self._squares.mul_(RMSPROP_DECAY).addcmul_(self._gradient, self._gradient, value=1 - RMSPROP_DECAY)
        roots = self._squares.sqrt().add_(RMSPROP_EPS)
        if isinstance(self._rate, Tensor):
            self._whole.addcmul_(self._gradient / roots, self._rate, value=-1)
        else:
            self._whole.addcdiv_(self._gradient, roots, value=-self._rate)

    def moments(self) -> dict[str, list[Tensor]]:
        """As in `Optimizer`."""
        return {"squares": [self._squares]}


class Adam(Optimizer):
    """Kingma and Ba, Adam, 2015; with `decoupled` AdamW, Loshchilov and Hutter 2019, with a weight decay of 0.01.

    All parameters are updated in one call (fused).
    """

    def __init__(self, network: nn.Module, lr: float, betas: tuple[float, float], *, decoupled: bool = False) -> None:
        super().__init__(network, lr)
        self.betas = betas
        self.decoupled = decoupled
        self._means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._steps = [torch.zeros((), device=parameter.device) for parameter in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """As in `Optimizer`."""
        update = adamw if self.decoupled else adam
        present = [index for index, parameter in enumerate(self.parameters) if parameter.grad is not None]

        def of_present(tensors: list[Any]) -> list[Any]:
            return [tensors[index] for index in present]

        update(
            of_present(self.parameters),
            [parameter.grad for parameter in self.parameters if parameter.grad is not None],
            of_present(self._means),
            of_present(self._squares),
            [],
            of_present(self._steps),
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=self._rate,
            weight_decay=ADAMW_WEIGHT_DECAY if self.decoupled else 0.0,
            eps=ADAM_EPS,
            maximize=False,
        )

    def moments(self) -> dict[str, list[Tensor]]:
        """As in `Optimizer`."""
        return {"means": self._means, "squares": self._squares, "steps": self._steps}


@dataclass(frozen=True)
class OptimizerSettings:
    """Which optimizer trains a network, and how fast; what is not set here has PyTorch's default.

    name: a key of `OPTIMIZERS`. lr: learning rate. betas: of those of Adam's kind; the others have none.
    """

    name: str
    lr: float
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, network: nn.Module) -> Optimizer:
        """An optimizer of all parameters of `network`, which should be on its device already.

        Raises `ValueError` if there is none of this name.
        """
        if self.name not in OPTIMIZERS:
            raise ValueError(f"unknown optimizer {self.name!r}; known: {', '.join(OPTIMIZERS)}")
        return OPTIMIZERS[self.name](network, self)


OPTIMIZERS: dict[str, Callable[[nn.Module, OptimizerSettings], Optimizer]] = {
    "rmsprop": lambda network, own: RMSprop(network, own.lr),
    "adam": lambda network, own: Adam(network, own.lr, own.betas),
    "adamw": lambda network, own: Adam(network, own.lr, own.betas, decoupled=True),
    "sgd": lambda network, own: SGD(network, own.lr),
}
