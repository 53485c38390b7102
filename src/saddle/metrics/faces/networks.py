"""The four public face networks. Names and shapes of their weights are those of the published files.

Landmarks and expression: two networks of one shape, four dense blocks of separable convolutions. Age and gender: a
small Xception (Chollet 2017) with residual blocks. Who is seen: dlib's residual network (King 2017).

TensorFlow.js publishes weights as a manifest in JSON that says what lies where in a file of bytes
(https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts). What the stage `fetch_faces` leaves has the
known hashes, so only what these networks use of the format is read: one file, each weight float32 or in uint8 steps.
"""

import json
import math
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.errors import UserError
from saddle.metrics.faces.layers import Convolution, Linear, SeparableConvolution, max_pool

LANDMARKS = 68
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
# Two faces whose descriptors are closer than this are the same person's; dlib's own threshold.
SAME_PERSON = 0.6
# The recognition network's blocks: their channels, and whether they halve the size.
BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2", "conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)


class FaceNetwork(nn.Module):
    """A face network. name: that of its published files. side: how many pixels a side it takes."""

    name: ClassVar[str]
    side: ClassVar[int]


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
        self.dense3 = _Block(128, 256)
        self.fc = Linear(256, outputs)

    def outputs(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> (n, outputs)."""
        found = self.dense3(self.dense2(self.dense1(self.dense0(images))))
        result: Tensor = self.fc(found.mean((2, 3)))
        return result


class LandmarkNetwork(_DenseNetwork):
    """Where the 68 landmarks of a face are (Sagonas et al. 2013, 300 Faces in-the-Wild)."""

    name = "face_landmark_68_model"

    def __init__(self) -> None:
        super().__init__(2 * LANDMARKS)

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> (n, 68, 2): x to the right and y down, in shares of the side."""
        return self.outputs(images).reshape(-1, LANDMARKS, 2)


class ExpressionNetwork(_DenseNetwork):
    """Which of seven expressions a face has."""

    name = "face_expression_model"

    def __init__(self) -> None:
        super().__init__(len(EXPRESSIONS))

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 112, 112) -> the probabilities (n, 7) of `EXPRESSIONS`."""
        return torch.softmax(self.outputs(images), 1)


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
    """The age and the gender that a classifier sees in a face."""

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
        self.middle_flow = nn.ModuleDict({f"main_block_{index}": _Main(128) for index in range(2)})
        self.exit_flow = nn.ModuleDict(
            {"reduction_block": _Reduction(128, 256), "separable_conv": SeparableConvolution(256, 512)}
        )
        self.fc = nn.ModuleDict({"age": Linear(512, 1), "gender": Linear(512, 2)})

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


class _Convolution(nn.Module):
    """A convolution, and a factor and a summand for each channel, what is left of a batch normalization.

    There is no border where it halves the number of pixels a side.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.conv = Convolution(inputs, outputs, kernel, stride, same=stride == 1)
        self.scale = nn.ParameterDict({"weights": torch.empty(outputs), "biases": torch.empty(outputs)})

    def forward(self, images: Tensor) -> Tensor:
        weights, biases = (self.scale[name][:, None, None] for name in ("weights", "biases"))
        return torch.addcmul(biases, self.conv(images), weights)


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


class RecognitionNetwork(FaceNetwork):
    """A descriptor of a face, near to those of the same person and far from those of others."""

    name = "face_recognition_model"
    side = 150

    def __init__(self) -> None:
        super().__init__()
        self.conv32_down = _Convolution(3, 32, kernel=7, stride=2)
        inputs = 32
        for name in BLOCKS:
            outputs = int(name.removeprefix("conv").partition("_")[0])
            self.add_module(name, _Residual(inputs, outputs, down="down" in name))
            inputs = outputs
        self.fc = nn.Parameter(torch.empty(256, 128))

    def forward(self, images: Tensor) -> Tensor:
        """Normalized images (n, 3, 150, 150) -> descriptors (n, 128)."""
        found = F.max_pool2d(F.relu(self.conv32_down(images)), 3, 2)
        for name in BLOCKS:
            found = self.get_submodule(name)(found)
        return found.mean((2, 3)) @ self.fc


# TensorFlow keeps filters as (height, width, inputs, outputs), those within channels as (height, width, channels, 1).
# PyTorch has (outputs, inputs, height, width) and (channels, 1, height, width).
TO_PYTORCH = {"filters": (3, 2, 0, 1), "pointwise_filter": (3, 2, 0, 1), "depthwise_filter": (2, 3, 0, 1)}


def load_network(kind: type[FaceNetwork], folder: str | Path) -> FaceNetwork:
    """The network `kind` with the weights in `folder`, in evaluation mode, on the CPU.

    Raises `UserError` if a file is missing, or the two do not hold just the weights that the network has.
    """
    manifest, file = (Path(folder) / f"{kind.name}{ending}" for ending in ("-weights_manifest.json", ".bin"))
    with torch.device("meta"):
        network = kind()
    try:
        network.load_state_dict(_weights(json.loads(manifest.read_bytes()), file.read_bytes()), assign=True)
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; fetch it first: dvc repro fetch_faces") from None
    except (ValueError, KeyError, TypeError, RuntimeError):
        raise UserError(
            f"{manifest}: not the published weights of {kind.name}, or {file.name} is not what it describes; "
            "fetch both again: dvc repro -f fetch_faces"
        ) from None
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _weights(manifest: Any, content: bytes) -> dict[str, Tensor]:
    """The weights by their names in PyTorch; a byte b of a quantized one stands for min + scale * b."""
    (group,) = manifest
    weights, position = {}, 0
    for entry in group["weights"]:
        steps = entry.get("quantization")
        kind: Any = "<f4" if steps is None else np.uint8
        values: NDArray[Any] = np.frombuffer(content, kind, math.prod(entry["shape"]), position)
        position += values.nbytes
        if steps is not None:
            values = values * float(steps["scale"]) + float(steps["min"])
        weight = torch.from_numpy(np.array(values, np.float32).reshape(entry["shape"]))
        order = TO_PYTORCH.get(entry["name"].rpartition("/")[2])
        weights[entry["name"].replace("/", ".")] = weight if order is None else weight.permute(order).contiguous()
    return weights
