"""Everything that a training run is at one moment, as one object that can be saved and restored."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, optim

from saddle.core.network import Discriminator, Generator
from saddle.core.randomness import torch_generator
from saddle.training.optimizers import OptimizerSettings


@dataclass
class TrainingState:
    """Networks, optimizers, random streams, and the position in the data order.

    step: updates of the generator so far. order, position: this epoch's permutation of the training data and
    how much of it is used up. streams: explicit generators by purpose ("latent", "penalty" on the device,
    "order" on the CPU). PyTorch's dropout can only draw from the global generator; the loop therefore owns that
    one while it runs (see `owning_global_stream`) and its state between steps is `global_stream`. average: an
    exponential moving average of the generator's weights (Karras et al. 2018), or None; it keeps `average_decay` of
    itself at each update.
    """

    generator: Generator
    discriminator: Discriminator
    generator_optimizer: optim.Optimizer
    discriminator_optimizer: optim.Optimizer
    streams: dict[str, torch.Generator]
    global_stream: Tensor
    step: int
    order: Tensor
    position: int
    average: Generator | None = None
    average_decay: float = 0.0

    @property
    def shown(self) -> Generator:
        """The generator to draw and to save: the running average where there is one."""
        return self.generator if self.average is None else self.average

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.generator.parameters()).device

    @classmethod
    def new(
        cls,
        generator: Generator,
        discriminator: Discriminator,
        generator_optimizer: OptimizerSettings,
        discriminator_optimizer: OptimizerSettings,
        *,
        seed: int,
        device: torch.device,
        average_decay: float | None = None,
    ) -> "TrainingState":
        """The state before the first step; all streams come from `seed`. average_decay: None for no average."""
        generator.to(device).train()
        discriminator.to(device).train()
        return cls(
            generator=generator,
            discriminator=discriminator,
            generator_optimizer=generator_optimizer.build(generator),
            discriminator_optimizer=discriminator_optimizer.build(discriminator),
            streams={
                "latent": torch_generator(seed, "training latents", device),
                "penalty": torch_generator(seed, "gradient penalty", device),
                "order": torch_generator(seed, "data order"),
            },
            global_stream=torch_generator(seed, "dropout", device).get_state(),
            step=0,
            order=torch.empty(0, dtype=torch.long),
            position=0,
            average=None if average_decay is None else copy.deepcopy(generator).requires_grad_(False).eval(),
            average_decay=average_decay or 0.0,
        )

    def latents(self, count: int) -> Tensor:
        """Fresh standard normal noise, (count, latent_dim)."""
        return torch.randn(count, self.generator.latent_dim, generator=self.streams["latent"], device=self.device)

    @torch.no_grad()
    def update_average(self) -> None:
        """Move the average towards the generator; to be called after each of its updates."""
        if self.average is not None:
            for mean, current in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(current, 1 - self.average_decay)
            for kept, newest in zip(self.average.buffers(), self.generator.buffers(), strict=True):
                kept.copy_(newest)

    def state_dict(self) -> dict[str, Any]:
        """All of the state as tensors, numbers and containers of them, for `torch.save`."""
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "streams": {name: stream.get_state() for name, stream in self.streams.items()},
            "global_stream": self.global_stream,
            "step": self.step,
            "order": self.order,
            "position": self.position,
            "average": None if self.average is None else self.average.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; the run then goes on bit for bit as the saved one would have."""
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        for name, stream in self.streams.items():
            stream.set_state(state["streams"][name])
        self.global_stream = state["global_stream"]
        self.step = state["step"]
        self.order = state["order"]
        self.position = state["position"]
        if self.average is not None:
            self.average.load_state_dict(state["average"])

    @contextmanager
    def owning_global_stream(self) -> Iterator[None]:
        """Let what draws from PyTorch's global generator (dropout) draw from this state's own stream."""
        generator = _global_generator(self.device)
        before = generator.get_state()
        generator.set_state(self.global_stream)
        try:
            yield
        finally:
            self.global_stream = generator.get_state()
            generator.set_state(before)


def _global_generator(device: torch.device) -> torch.Generator:
    match device.type:
        case "cuda":
            torch.cuda.init()
            index = torch.cuda.current_device() if device.index is None else device.index
            return torch.cuda.default_generators[index]
        case "mps":
            return torch.mps._get_default_mps_generator()
        case _:
            return torch.default_generator
