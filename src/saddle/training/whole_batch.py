"""Layers that see or draw something for a whole batch, where each rank has a part of it."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, dropout2d

from saddle.training.ranks import Ranks


def share_batches(network: nn.Module, ranks: Ranks) -> None:
    """From now on batch normalization and dropout of `network`, in training, act on whole batches.

    Parameters, buffers and their names stay. PyTorch's own SyncBatchNorm takes no tensors of the CPU.
    """
    for layer in network.modules():
        if (shared := SHARED.get(type(layer))) is not None:
            layer.__class__ = shared
            layer.ranks = ranks  # type: ignore[assignment]


class _SharedNorm:
    """Batch normalization over the batches of all ranks; Ioffe and Szegedy, Batch Normalization, 2015."""

    ranks: Ranks

    def forward(self: Any, input: Tensor) -> Tensor:
        """(n, channels, ...) -> the same; a rank's samples, normalized by the statistics of all ranks' samples."""
        if not self.training:
            unshared: Tensor = super().forward(input)  # type: ignore[misc]
            return unshared
        values = input.float()
        axes = [axis for axis in range(input.ndim) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(input.ndim)]
        count = values.numel() // values.shape[1] * self.ranks.count
        mean = _sum(values.sum(axes)) / count
        centred = values - mean.view(shape)
        variance = _sum(centred.square().sum(axes)) / count
        if self.track_running_stats:
            with torch.no_grad():
                self.num_batches_tracked += 1
                self.running_mean.lerp_(mean.detach(), self.momentum)
                self.running_var.lerp_(variance.detach() * count / (count - 1), self.momentum)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        normalized: Tensor = (normal * self.weight.view(shape) + self.bias.view(shape)).to(input.dtype)
        return normalized


class SharedBatchNorm1d(_SharedNorm, nn.BatchNorm1d):
    """(n, channels)."""


class SharedBatchNorm2d(_SharedNorm, nn.BatchNorm2d):
    """(n, channels, h, w)."""


class SharedDropout(nn.Dropout):
    """Dropout whose mask is drawn for whole batches, the same on all ranks, of which each applies its part."""

    ranks: Ranks

    def forward(self, input: Tensor) -> Tensor:
        """Any shape, samples first."""
        return input * self.ranks.part(dropout(_whole(input, self.ranks), self.p)) if self.training else input


class SharedDropout2d(nn.Dropout2d):
    """The same for whole feature maps."""

    ranks: Ranks

    def forward(self, input: Tensor) -> Tensor:
        """(n, channels, h, w)."""
        whole = _whole(input[:, :, :1, :1], self.ranks)
        return input * self.ranks.part(dropout2d(whole, self.p)) if self.training else input


SHARED: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: SharedBatchNorm1d,
    nn.BatchNorm2d: SharedBatchNorm2d,
    nn.Dropout: SharedDropout,
    nn.Dropout2d: SharedDropout2d,
}


def _whole(part: Tensor, ranks: Ranks) -> Tensor:
    return torch.ones(len(part) * ranks.count, *part.shape[1:], dtype=part.dtype, device=part.device)


class _Sum(torch.autograd.Function):
    """The sum over all ranks. A part counts in every rank's sum, so its gradient is the sum of all ranks' gradients."""

    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        whole = part.clone()
        torch.distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _sum(gradients[0])


def _sum(part: Tensor) -> Tensor:
    whole: Tensor = _Sum.apply(part)
    return whole
