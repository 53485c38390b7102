"""Layers of the face networks, with TensorFlow's borders and its names of weights, on tensors (n, c, h, w)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def same_border(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many pixels TensorFlow's border "same" adds before and after `side` pixels.

    So many that the result has ceil(side / stride); if the number is odd, the additional one comes after.
    """
    total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def bordered(images: Tensor, kernel: int, stride: int, value: float = 0.0) -> Tensor:
    """Images with the border "same" of `value`."""
    height, width = images.shape[-2:]
    top, bottom = same_border(height, kernel, stride)
    left, right = same_border(width, kernel, stride)
    if not (top or bottom or left or right):
        return images
    return F.pad(images, (left, right, top, bottom), value=value)


def max_pool(images: Tensor) -> Tensor:
    """The largest of 3 x 3 pixels, every second one, with the border "same"."""
    return F.max_pool2d(bordered(images, 3, 2, -math.inf), 3, 2)


class Convolution(nn.Module):
    """A convolution with a bias. same: with the border "same", otherwise with none."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, same: bool = True):
        super().__init__()
        self.kernel, self.stride, self.same = kernel, stride, same
        self.filters = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, images: Tensor) -> Tensor:
        """Images (n, inputs, h, w) -> (n, outputs, h', w')."""
        if not self.same:
            return F.conv2d(images, self.filters, self.bias, self.stride)
        # Where the border is the same on both sides, the convolution adds it itself, which saves a copy.
        if self.stride == 1:
            return F.conv2d(images, self.filters, self.bias, padding=self.kernel // 2)
        return F.conv2d(bordered(images, self.kernel, self.stride), self.filters, self.bias, self.stride)


class SeparableConvolution(nn.Module):
    """A convolution of 3 x 3 pixels within each channel, then one across channels; border "same"."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.stride = stride
        self.depthwise_filter = nn.Parameter(torch.empty(inputs, 1, 3, 3))
        self.pointwise_filter = nn.Parameter(torch.empty(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, images: Tensor) -> Tensor:
        """Images (n, inputs, h, w) -> (n, outputs, h', w')."""
        channels = len(self.depthwise_filter)
        if self.stride == 1:
            within = F.conv2d(images, self.depthwise_filter, padding=1, groups=channels)
        else:
            within = F.conv2d(
                bordered(images, 3, self.stride), self.depthwise_filter, None, self.stride, groups=channels
            )
        return F.conv2d(within, self.pointwise_filter, self.bias)


class Linear(nn.Module):
    """A fully connected layer, features (n, inputs) -> (n, outputs)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weights = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Features (n, inputs) -> (n, outputs)."""
        return features @ self.weights + self.bias
