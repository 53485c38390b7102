"""Convolutions that several kinds of networks share: the usual results, computed with less."""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, fold

# An upsampled image repeats each row, so of the three taps of a kernel's column two read the same value and can be
# added beforehand. Which taps those are depends on the output row being even or odd: that makes these four sums,
# in the order in which a transposed convolution with stride 2 and padding 1 uses its kernel.
TAPS = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))


def upsampled_conv2d(images: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A 3 x 3 convolution with padding 1 of `images`, upsampled by 2 to the nearest, without upsampling them.

    images: (n, in, h, w); weight: (out, in, 3, 3); returns (n, out, 2 h, 2 w). It is a transposed convolution with a
    4 x 4 kernel of sums of the weights: 16 multiplications a pixel where upsampling first costs 36. Equal up to
    rounding. Karras et al., Progressive Growing of GANs, 2018, fuse the two in their code for the same reason.
    """
    taps = _taps(weight.dtype, weight.device)
    kernel = torch.einsum("uk,vl,oikl->iouv", taps, taps, weight)
    # The layout of the kernel becomes that of the result; see Network.lay_channels_innermost.
    kernel = kernel.contiguous(memory_format=torch.channels_last)
    return conv_transpose2d(images, kernel, bias, stride=2, padding=1)


@cache
def _taps(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Once on each device: a copy to it at every pass would have it waited for."""
    return torch.tensor(TAPS, dtype=dtype, device=device)


class UpsampledConv2d(nn.Conv2d):
    """Upsampling by 2 to the nearest and a 3 x 3 convolution with padding 1, as one layer."""

    def forward(self, input: Tensor) -> Tensor:
        """(n, in, h, w) -> (n, out, 2 h, 2 w)."""
        return upsampled_conv2d(input, self.weight, self.bias)


def narrow_conv2d(images: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A 3 x 3 convolution with padding 1, made for few output channels.

    images: (n, in, h, w); weight: (out, in, 3, 3); returns (n, out, h, w). First a 1 x 1 convolution to what each pixel
    contributes to each of its nine neighbours, then the sum of these contributions. Equal to the usual way up to
    rounding; that one works on blocks of output channels and leaves most of a block idle, which makes it three times
    slower for a single channel on a CPU.
    """
    out_channels, in_channels = weight.shape[:2]
    # A pixel's contribution to the neighbour above comes from the kernel's tap below, hence the flips.
    contributions = weight.flip(2, 3).flatten(2).transpose(1, 2).reshape(-1, in_channels, 1, 1)
    sums = fold(conv2d(images, contributions).flatten(2), images.shape[2:], 3, padding=1)
    return sums if bias is None else sums + bias.reshape(out_channels, 1, 1)


class NarrowConv2d(nn.Conv2d):
    """A 3 x 3 convolution with padding 1 to very few channels."""

    def forward(self, input: Tensor) -> Tensor:
        """(n, in, h, w) -> (n, out, h, w)."""
        return narrow_conv2d(input, self.weight, self.bias)
