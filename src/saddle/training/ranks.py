"""Several processes that train one model together, each of them (a rank) on its part of every batch.

All ranks have the same networks and random streams, draw the whole batch's indices and latents, and keep their part of
them; their gradients and figures are averaged. As the parts are equal, that is what one process computes from the whole
batch, up to rounding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Ranks:
    """The place of this process among those that train one model.

    rank: its number, from 0; rank 0 alone writes and reports. count: how many there are. batch: samples in a whole
    batch, a multiple of `count`.
    """

    rank: int = 0
    count: int = 1
    batch: int = 0

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def part(self, whole: Tensor) -> Tensor:
        """This rank's samples of a whole batch, or of several that follow each other in `whole` (k batch, ...)."""
        if self.count == 1:
            return whole
        size = self.batch // self.count
        batches = whole.unflatten(0, (-1, self.batch))
        own: Tensor = batches[:, self.rank * size : (self.rank + 1) * size].flatten(0, 1)
        return own

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each of the tensors, which all ranks have alike in shape, by its mean over the ranks."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(flat)
        flat /= self.count
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """The same with the gradients of a network.

        DistributedDataParallel would do it while the gradients are computed. It does not know of gradients that are
        asked for of some parameters only, as those of the generator through the discriminator, nor of gradients of
        gradients, which the penalties are made of.
        """
        self.average([parameter.grad for parameter in parameters if parameter.grad is not None])
