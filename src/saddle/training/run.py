"""A finished training run."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from saddle.core.network import Discriminator, Generator

Snapshots = TypeVar("Snapshots")


@dataclass(frozen=True)
class Run(Generic[Snapshots]):
    """What a run leaves: the two networks, the log (see `fit`), the snapshots, and facts for the model file.

    generator: its moving average, where there is one. facts: JSON-able.
    """

    generator: Generator
    discriminator: Discriminator
    log: list[dict[str, float]]
    snapshots: Snapshots
    facts: dict[str, Any]
