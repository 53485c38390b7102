"""Who is seen: dlib's residual network, which turns a face into 128 numbers that tell people apart (King 2017)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.faces.layers import Convolution
from saddle.faces.network import FaceNetwork

DESCRIPTOR = 128
# Two faces whose descriptors are closer than this are the same person's; dlib's own threshold.
SAME_PERSON = 0.6


class _Scale(nn.Module):
    """A factor and a summand for each channel: what is left of a batch normalization."""

    def __init__(self, channels: int):
        super().__init__()
        self.weights = nn.Parameter(torch.empty(channels))
        self.biases = nn.Parameter(torch.empty(channels))

    def forward(self, images: Tensor) -> Tensor:
        return torch.addcmul(self.biases[:, None, None], images, self.weights[:, None, None])


class _Convolution(nn.Module):
    """A convolution and a scale; without a border where it halves the number of pixels a side."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.conv = Convolution(inputs, outputs, kernel, stride, same=stride == 1)
        self.scale = _Scale(outputs)

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = self.scale(self.conv(images))
        return result


class _Residual(nn.Module):
    """Two convolutions whose result is added to what they were given.

    down: there are half as many pixels a side afterwards, and what they were given is averaged to that. Whichever of
    the two has fewer lines or channels is filled up with zeros.
    """

    def __init__(self, inputs: int, outputs: int, *, down: bool = False):
        super().__init__()
        self.down = down
        self.conv1 = _Convolution(inputs, outputs, stride=2 if down else 1)
        self.conv2 = _Convolution(outputs, outputs)

    def forward(self, images: Tensor) -> Tensor:
        found = self.conv2(F.relu(self.conv1(images)))
        if not self.down:
            return F.relu(found + images)
        pooled = F.avg_pool2d(images, 2)
        lines = pooled.shape[-1] - found.shape[-1]
        channels = found.shape[1] - pooled.shape[1]
        return F.relu(F.pad(found, (0, lines, 0, lines)) + F.pad(pooled, (0, 0, 0, 0, 0, channels)))


# The blocks by their names, each with its channels before and after; those that end in "down" halve the size.
BLOCKS = {
    "conv32_1": (32, 32),
    "conv32_2": (32, 32),
    "conv32_3": (32, 32),
    "conv64_down": (32, 64),
    "conv64_1": (64, 64),
    "conv64_2": (64, 64),
    "conv64_3": (64, 64),
    "conv128_down": (64, 128),
    "conv128_1": (128, 128),
    "conv128_2": (128, 128),
    "conv256_down": (128, 256),
    "conv256_1": (256, 256),
    "conv256_2": (256, 256),
    "conv256_down_out": (256, 256),
}


class RecognitionNetwork(FaceNetwork):
    """A descriptor of a face, near to those of the same person and far from those of others.

    Names and shapes of the weights are those of the public `face_recognition_model`.
    """

    name = "face_recognition_model"
    side = 150

    def __init__(self) -> None:
        super().__init__()
        self.conv32_down = _Convolution(3, 32, kernel=7, stride=2)
        for name, (inputs, outputs) in BLOCKS.items():
            self.add_module(name, _Residual(inputs, outputs, down="down" in name))
        self.fc = nn.Parameter(torch.empty(256, DESCRIPTOR))

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 150, 150) -> descriptors (n, 128)."""
        found = F.max_pool2d(F.relu(self.conv32_down(images)), 3, 2)
        for name in BLOCKS:
            found = self.get_submodule(name)(found)
        return found.mean((2, 3)) @ self.fc
