"""Everything that a training run is at one moment, as one object that can be saved and restored; a step's figures."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from saddle.core.network import Discriminator, Generator, Network
from saddle.core.randomness import torch_rng
from saddle.training.optimizers import OptimizerSettings
from saddle.training.ranks import ALONE, Ranks


class StepRecord(NamedTuple):
    """One step's figures, scalar tensors on the device: reading them is what would make the loop wait for it."""

    d_loss: Tensor
    g_loss: Tensor
    d_real: Tensor
    d_fake: Tensor


@dataclass
class TrainingState:
    """Networks, optimizers, random streams, and the position in the data order.

    step: updates of the generator so far. order, position: this epoch's permutation of the training data and
    how much of it is used up. rngs: explicit random generators by purpose ("latent", "penalty" on the device,
    "order" on the CPU). PyTorch's dropout can only draw from the global one; the loop therefore owns that one while it
    runs (see `owning_global_rng`), and its state between steps is `global_rng`. ema: an exponential moving average of
    the generator's weights (Karras et al. 2018), or None; it keeps `ema_decay` of itself at each update. ranks: the
    place of this process among those that train these networks.
    """

    generator: Generator
    discriminator: Discriminator
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer
    rngs: dict[str, torch.Generator]
    global_rng: Tensor
    step: int
    order: Tensor
    position: int
    ema: Generator | None
    ema_decay: float
    ranks: Ranks

    @property
    def shown(self) -> Generator:
        """The generator to draw and to save: the moving average where there is one."""
        return self.generator if self.ema is None else self.ema

    @property
    def networks(self) -> list[Network]:
        """Both networks, and the moving average where there is one."""
        return [self.generator, self.discriminator, *([] if self.ema is None else [self.ema])]

    @property
    def optimizers(self) -> tuple[Optimizer, Optimizer]:
        """The generator's and the discriminator's."""
        return self.generator_optimizer, self.discriminator_optimizer

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.generator.parameters()).device

    @classmethod
    def new(
        cls,
        generator: Generator,
        discriminator: Discriminator,
        optimizer: OptimizerSettings,
        *,
        seed: int,
        device: torch.device,
        ema_decay: float | None = None,
        ranks: Ranks = ALONE,
    ) -> "TrainingState":
        """The state before the first step; all randomness comes from `seed`. ema_decay: None for no average."""
        generator.to(device).train()
        discriminator.to(device).train()
        if ranks.count > 1 and device.type == "cuda":
            generator = nn.SyncBatchNorm.convert_sync_batchnorm(generator)
            discriminator = nn.SyncBatchNorm.convert_sync_batchnorm(discriminator)
        return cls(
            generator=generator,
            discriminator=discriminator,
            generator_optimizer=optimizer.build(generator),
            discriminator_optimizer=optimizer.build(discriminator),
            rngs={
                "latent": torch_rng(seed, "training latents", device),
                "penalty": torch_rng(seed, "gradient penalty", device),
                "order": torch_rng(seed, "data order"),
            },
            global_rng=torch_rng(seed, "dropout" if ranks.first else f"dropout {ranks.rank}", device).get_state(),
            step=0,
            order=torch.empty(0, dtype=torch.long),
            position=0,
            ema=None if ema_decay is None else copy.deepcopy(generator).requires_grad_(False).eval(),
            ema_decay=ema_decay or 0.0,
            ranks=ranks,
        )

    def latents(self, count: int) -> Tensor:
        """The next latents: standard normal noise, (count, latent_dim); this rank's part of those of all ranks."""
        size = (count * self.ranks.count, self.generator.latent_dim)
        return self.ranks.part(torch.randn(size, generator=self.rngs["latent"], device=self.device))

    def uniform(self, count: int) -> Tensor:
        """The next random numbers of a penalty: (count,), in [0, 1); this rank's part of those of all ranks."""
        size = count * self.ranks.count
        return self.ranks.part(torch.rand(size, generator=self.rngs["penalty"], device=self.device))

    @torch.no_grad()
    def update_ema(self) -> None:
        """Move the average towards the generator; to be called after each of its updates."""
        if self.ema is not None:
            for mean, current in zip(self.ema.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(current, 1 - self.ema_decay)
            for kept, newest in zip(self.ema.buffers(), self.generator.buffers(), strict=True):
                kept.copy_(newest)

    def state_dict(self) -> dict[str, Any]:
        """All of the state as tensors, numbers and containers of them, for `torch.save`."""
        return {
            "networks": [network.state_dict() for network in self.networks],
            # Not the rate, which belongs to the settings.
            "moments": [optimizer.state_dict()["state"] for optimizer in self.optimizers],
            "rngs": {name: rng.get_state() for name, rng in self.rngs.items()},
            "global_rng": self.global_rng,
            "step": self.step,
            "order": self.order,
            "position": self.position,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; the run then goes on bit for bit as the saved one would have."""
        for network, kept in zip(self.networks, state["networks"], strict=True):
            network.load_state_dict(kept)
        for optimizer, kept in zip(self.optimizers, state["moments"], strict=True):
            optimizer.load_state_dict({**optimizer.state_dict(), "state": kept})
        for name, rng in self.rngs.items():
            rng.set_state(state["rngs"][name])
        self.global_rng = state["global_rng"]
        self.step = state["step"]
        self.order = state["order"]
        self.position = state["position"]

    @contextmanager
    def owning_global_rng(self) -> Iterator[None]:
        """Let what draws from PyTorch's global random generator (dropout) go on where this state left it."""
        rng = _global_rng(self.device)
        before = rng.get_state()
        rng.set_state(self.global_rng)
        try:
            yield
        finally:
            self.global_rng = rng.get_state()
            rng.set_state(before)


def _global_rng(device: torch.device) -> torch.Generator:
    match device.type:
        case "cuda":
            return torch.cuda.default_generators[device.index]
        case "mps":
            return torch.mps._get_default_mps_generator()
        case _:
            return torch.default_generator
