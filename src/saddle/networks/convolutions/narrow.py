"""Convolution to very few channels, such as the last one of a generator of grey images."""

from torch import Tensor, nn
from torch.nn.functional import conv2d, fold


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

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1)

    def forward(self, input: Tensor) -> Tensor:
        """(n, in, h, w) -> (n, out, h, w)."""
        return narrow_conv2d(input, self.weight, self.bias)
