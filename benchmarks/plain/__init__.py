"""Plain loops, one for each experiment, each in two forms.

literal: as the reports' code and PyTorch's tutorials have it: a `DataLoader`, the discriminator once for the real batch
and once for the fakes, and in the generator's step a whole backward pass, whose gradients of the discriminator are
thrown away. good: what PyTorch's documentation advises beyond that: the data as one tensor on the device, both batches
in one pass where the discriminator normalizes nothing, and in the generator's step only the generator's gradients.

They draw from PyTorch's global random generator, as such loops do. Each `yield` ends a step; it is all that a clock
needs. Nothing here uses the library.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


def good_batches(samples: Tensor, size: int) -> Iterator[Tensor]:
    """Batches of `samples`, where they are, in a random order, anew in each epoch, without end."""
    while True:
        order = torch.randperm(len(samples), device=samples.device)
        yield from (samples[chosen] for chosen in order.split(size) if len(chosen) == size)


def literal_batches(data: Dataset[Any], size: int, device: torch.device) -> Iterator[Tensor]:
    """The same from a data set whose items begin with a sample, put together one by one and copied to `device`."""
    loader = DataLoader(data, batch_size=size, shuffle=True, drop_last=True)
    while True:
        for samples, *_ in loader:
            yield samples.to(device)


def judged(discriminator: nn.Module, real: Tensor, fake: Tensor, good: bool) -> list[Tensor]:
    """The outputs of a discriminator that normalizes nothing, for both batches."""
    if good:
        return list(discriminator(torch.cat([real, fake])).chunk(2))
    return [discriminator(real), discriminator(fake)]
