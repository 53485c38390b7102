"""Landmarks and expression: two networks of one shape, four dense blocks of separable convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.faces.layers import Convolution, Linear, SeparableConvolution
from saddle.faces.network import FaceNetwork

FEATURES = 256
LANDMARKS = 68
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")


class _Block(nn.Module):
    """Four convolutions, each of which is given the sum of all results before; half as many pixels a side."""

    def __init__(self, inputs: int, channels: int, *, first: bool = False):
        super().__init__()
        self.conv0 = (
            Convolution(inputs, channels, kernel=3, stride=2)
            if first
            else SeparableConvolution(inputs, channels, stride=2)
        )
        self.conv1 = SeparableConvolution(channels, channels)
        self.conv2 = SeparableConvolution(channels, channels)
        self.conv3 = SeparableConvolution(channels, channels)

    def forward(self, images: Tensor) -> Tensor:
        total = F.relu_(self.conv0(images))
        for convolution in (self.conv1, self.conv2, self.conv3):
            # Before the first sum the rectifier changes nothing: what it is given has been rectified.
            found: Tensor = convolution(F.relu(total))
            total = found.add_(total)
        return F.relu_(total)


class _DenseNetwork(FaceNetwork):
    side = 112

    def __init__(self, outputs: int):
        super().__init__()
        self.dense0 = _Block(3, 32, first=True)
        self.dense1 = _Block(32, 64)
        self.dense2 = _Block(64, 128)
        self.dense3 = _Block(128, FEATURES)
        self.fc = Linear(FEATURES, outputs)

    def outputs(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> (n, outputs)."""
        found = self.dense3(self.dense2(self.dense1(self.dense0(images))))
        result: Tensor = self.fc(found.mean((2, 3)))
        return result


class LandmarkNetwork(_DenseNetwork):
    """Where the 68 landmarks of a face are (Sagonas et al. 2013, 300 Faces in-the-Wild).

    Names and shapes of the weights are those of the public `face_landmark_68_model`.
    """

    name = "face_landmark_68_model"

    def __init__(self) -> None:
        super().__init__(2 * LANDMARKS)

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> (n, 68, 2): x to the right and y down, in shares of the side."""
        return self.outputs(images).reshape(-1, LANDMARKS, 2)


class ExpressionNetwork(_DenseNetwork):
    """Which of seven expressions a face has.

    Names and shapes of the weights are those of the public `face_expression_model`.
    """

    name = "face_expression_model"

    def __init__(self) -> None:
        super().__init__(len(EXPRESSIONS))

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> the probabilities (n, 7) of `EXPRESSIONS`."""
        return torch.softmax(self.outputs(images), 1)
