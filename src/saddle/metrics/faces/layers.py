"""What the face networks are given, and their layers: TensorFlow's borders and names of weights, (n, c, h, w)."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

# Of a layer its tensors by their published names, of a part of a network its layers.
Weights = Mapping[str, Any]

# Red, green and blue of the average image of VGGFace, on the scale 0 to 255.
MEAN_COLOUR = (122.782, 117.001, 104.298)


def squared(images: Tensor) -> Tensor:
    """Images (n, c, h, w) with black borders that make them square; of an odd number of lines, fewer come first."""
    height, width = images.shape[-2:]
    missing = abs(height - width)
    before = missing // 2
    border = (before, missing - before)
    return F.pad(images, (0, 0, *border) if height < width else (*border, 0, 0)) if missing else images


def resized(images: Tensor, side: int) -> Tensor:
    """Square images (n, c, h, h) -> (n, c, side, side), bilinear, as TensorFlow does it by default.

    Pixel i of the result lies at i * h / side of the original, so that the first pixels of both coincide. (PyTorch's
    `interpolate` has the centres of both images coincide.) Nothing is averaged: a large image should be averaged down
    before.
    """
    if images.shape[-1] == side:
        return images
    matrix = _interpolation(images.shape[-1], side).to(images)
    return matrix @ images @ matrix.T


@cache
def _interpolation(old: int, new: int) -> Tensor:
    """The matrix (new, old) that interpolates `old` values linearly at `new` places."""
    # In single precision, as TensorFlow computes the places.
    places = torch.arange(new, dtype=torch.float32) * torch.tensor(old / new, dtype=torch.float32)
    first = places.floor().long().clamp(max=old - 1)
    share = places - first
    matrix = torch.zeros(new, old)
    rows = torch.arange(new)
    matrix[rows, first] += 1 - share
    matrix[rows, (first + 1).clamp(max=old - 1)] += share
    return matrix


def normalized(images: Tensor, side: int) -> Tensor:
    """RGB images (n, 3, h, w) from 0 to 255 as a face network of `side` pixels a side takes them.

    They are made square, resized, and the average colour is taken off; the unit is then the full range, 255.
    """
    mean = images.new_tensor(MEAN_COLOUR)[:, None, None]
    squares = (resized(squared(images), side) - mean) / 255
    return squares.contiguous(memory_format=torch.channels_last)


def same_border(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many pixels TensorFlow's border "same" adds before and after `side` pixels.

    So many that the result has ceil(side / stride); if the number is odd, the additional one comes after.
    """
    total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def bordered(images: Tensor, kernel: int, stride: int, value: float = 0.0) -> Tensor:
    """Square images with the border "same" of `value`."""
    return F.pad(images, same_border(images.shape[-1], kernel, stride) * 2, value=value)


def max_pool(images: Tensor) -> Tensor:
    """The largest of 3 x 3 pixels, every second one, with the border "same"."""
    return F.max_pool2d(bordered(images, 3, 2, -math.inf), 3, 2)


def same_convolution(images: Tensor, filters: Tensor, bias: Tensor | None, stride: int, groups: int = 1) -> Tensor:
    """The convolution with the border "same"."""
    kernel = filters.shape[-1]
    # Where the border is the same on both sides, the convolution adds it itself, which saves a copy.
    if stride == 1:
        return F.conv2d(images, filters, bias, padding=kernel // 2, groups=groups)
    return F.conv2d(bordered(images, kernel, stride), filters, bias, stride, groups=groups)


def convolution(images: Tensor, layer: Weights, stride: int = 1) -> Tensor:
    """A convolution with a bias and the border "same"."""
    return same_convolution(images, layer["filters"], layer["bias"], stride)


def separable_convolution(images: Tensor, layer: Weights, stride: int = 1) -> Tensor:
    """A convolution of 3 x 3 pixels within each channel, then one across channels; border "same"."""
    within = same_convolution(images, layer["depthwise_filter"], None, stride, images.shape[1])
    return F.conv2d(within, layer["pointwise_filter"], layer["bias"])


def linear(features: Tensor, layer: Weights) -> Tensor:
    """A fully connected layer, features (n, inputs) -> (n, outputs)."""
    return features @ layer["weights"] + layer["bias"]
