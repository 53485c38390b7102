"""What the face networks are given: square images of a fixed size, less the colour of an average face."""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

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
