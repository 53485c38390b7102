"""Age and gender: a small Xception (Chollet 2017) with separable convolutions and residual blocks."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.faces.layers import Convolution, Linear, SeparableConvolution, max_pool
from saddle.faces.network import FaceNetwork

FEATURES = 512
MAIN_BLOCKS = 2


class Person(NamedTuple):
    """What the network sees: the age (n,) in years, and the probabilities (n, 2) of a man and of a woman."""

    age: Tensor
    gender: Tensor


class _Reduction(nn.Module):
    """Two separable convolutions and a pooling beside a plain convolution; half as many pixels a side."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.separable_conv0 = SeparableConvolution(inputs, outputs)
        self.separable_conv1 = SeparableConvolution(outputs, outputs)
        self.expansion_conv = Convolution(inputs, outputs, kernel=1, stride=2)

    def forward(self, images: Tensor, activated: Tensor) -> Tensor:
        """activated: `images` as the separable convolutions take them."""
        found = self.separable_conv1(F.relu_(self.separable_conv0(activated)))
        expanded: Tensor = self.expansion_conv(images)
        return expanded.add_(max_pool(found))


class _Main(nn.Module):
    """Three separable convolutions, whose result is added to what they were given."""

    def __init__(self, channels: int):
        super().__init__()
        for index in range(3):
            self.add_module(f"separable_conv{index}", SeparableConvolution(channels, channels))

    def forward(self, images: Tensor) -> Tensor:
        found = images
        for convolution in self.children():
            found = convolution(F.relu(found))
        return found.add_(images)


class AgeGenderNetwork(FaceNetwork):
    """The age and the gender that a classifier sees in a face.

    Names and shapes of the weights are those of the public `age_gender_model`.
    """

    name = "age_gender_model"
    side = 112

    def __init__(self) -> None:
        super().__init__()
        self.entry_flow = nn.ModuleDict(
            {
                "conv_in": Convolution(3, 32, kernel=3, stride=2),
                "reduction_block_0": _Reduction(32, 64),
                "reduction_block_1": _Reduction(64, 128),
            }
        )
        self.middle_flow = nn.ModuleDict({f"main_block_{index}": _Main(128) for index in range(MAIN_BLOCKS)})
        self.exit_flow = nn.ModuleDict(
            {"reduction_block": _Reduction(128, 256), "separable_conv": SeparableConvolution(256, FEATURES)}
        )
        self.fc = nn.ModuleDict({"age": Linear(FEATURES, 1), "gender": Linear(FEATURES, 2)})

    def forward(self, images: Tensor) -> Person:
        """Normalized images (n, 3, 112, 112) -> what is seen in them."""
        found = F.relu(self.entry_flow["conv_in"](images))
        found = self.entry_flow["reduction_block_0"](found, found)
        found = self.entry_flow["reduction_block_1"](found, F.relu(found))
        for block in self.middle_flow.values():
            found = block(found)
        found = self.exit_flow["reduction_block"](found, F.relu(found))
        features = F.relu(self.exit_flow["separable_conv"](found)).mean((2, 3))
        return Person(self.fc["age"](features)[:, 0], torch.softmax(self.fc["gender"](features), 1))
