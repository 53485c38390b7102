"""The real samples of a training: a data set on the device, and which of them come next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from saddle.training.state import TrainingState


@dataclass(frozen=True)
class TrainingData:
    """A data set as one tensor on the device, made into network input a batch at a time.

    samples: (n, ...), of any type. batch_size: None for all of them in one batch. A last batch that would be
    smaller is left out, so an epoch has n // batch_size steps.
    """

    samples: Tensor
    batch_size: int | None = None
    prepare: Callable[[Tensor], Tensor] = lambda batch: batch

    @property
    def steps_per_epoch(self) -> int:
        """Full batches in one pass over the data; an epoch has as many updates of the generator."""
        return len(self.samples) // self.batch

    @property
    def batch(self) -> int:
        """Samples in one batch."""
        return self.batch_size or len(self.samples)

    def real(self, chosen: Tensor) -> Tensor:
        """The samples that the indices `chosen` name, as the networks see them."""
        return self.prepare(self.samples[chosen])


def batches(state: TrainingState, data: TrainingData) -> Iterator[Tensor]:
    """The indices of one batch after the other, or of this rank's part of it, on the device of the data; without end.

    The order and the position in it are the state's, for its checkpoints; when too few are left, a new order begins.
    The device is given a copy of each order at once: copying the indices of every batch would have it waited for at
    every step.
    """
    on_device = state.order.to(data.samples.device)
    while True:
        if state.position + data.batch > len(state.order):
            state.order = torch.randperm(len(data.samples), generator=state.rngs["order"])
            state.position = 0
            on_device = state.order.to(data.samples.device)
        chosen = on_device[state.position : state.position + data.batch]
        state.position += data.batch
        yield state.ranks.part(chosen)
