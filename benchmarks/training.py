"""What either side hands to the clock."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Training:
    """A training that has not begun.

    steps: each `next` does one step, without end. batch: real samples a batch. critic_steps: updates of the
    discriminator a step.
    """

    steps: Iterator[object]
    generator: nn.Module
    discriminator: nn.Module
    batch: int
    critic_steps: int

    def work(self) -> dict[str, int]:
        """What must be equal on both sides: the batch, the critic's steps, and how many parameters there are."""
        return {
            "batch": self.batch,
            "critic_steps": self.critic_steps,
            "generator_parameters": _parameters(self.generator),
            "discriminator_parameters": _parameters(self.discriminator),
        }


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
