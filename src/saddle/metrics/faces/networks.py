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
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.errors import UserError
from saddle.metrics.faces.layers import Weights, convolution, linear, max_pool, separable_convolution

LANDMARKS = 68
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
# Two faces whose descriptors are closer than this are the same person's; dlib's own threshold.
SAME_PERSON = 0.6
# The recognition network's blocks: their channels, and whether they halve the size.
BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2", "conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)


class FaceNetwork:
    """A face network with its weights, called with normalized images (n, 3, side, side).

    name: that of its published files. side: how many pixels a side it takes. weights: nested as their names are.
    """

    name: ClassVar[str]
    side: ClassVar[int] = 112

    def __init__(self, weights: Weights) -> None:
        self.weights = weights


class DenseNetwork(FaceNetwork):
    """Four dense blocks, and a fully connected layer of what they find."""

    def outputs(self, images: Tensor) -> Tensor:
        """(n, 3, 112, 112) -> (n, outputs)."""
        for block in range(4):
            images = _dense_block(images, self.weights[f"dense{block}"])
        return linear(images.mean((2, 3)), self.weights["fc"])


def _dense_block(images: Tensor, block: Weights) -> Tensor:
    """Four convolutions, each of which is given the sum of all results before; half as many pixels a side."""
    first = convolution if "filters" in block["conv0"] else separable_convolution
    total = F.relu_(first(images, block["conv0"], 2))
    for name in ("conv1", "conv2", "conv3"):
        # Before the first sum the rectifier changes nothing: what it is given has been rectified.
        total = separable_convolution(F.relu(total), block[name]).add_(total)
    return F.relu_(total)


class LandmarkNetwork(DenseNetwork):
    """Where the 68 landmarks of a face are (Sagonas et al. 2013, 300 Faces in-the-Wild)."""

    name = "face_landmark_68_model"

    def __call__(self, images: Tensor) -> Tensor:
        """(n, 68, 2): x to the right and y down, in shares of the side."""
        return self.outputs(images).reshape(-1, LANDMARKS, 2)


class ExpressionNetwork(DenseNetwork):
    """Which of seven expressions a face has."""

    name = "face_expression_model"

    def __call__(self, images: Tensor) -> Tensor:
        """The probabilities (n, 7) of `EXPRESSIONS`."""
        return torch.softmax(self.outputs(images), 1)


class AgeGenderNetwork(FaceNetwork):
    """The age and the gender that a classifier sees in a face."""

    name = "age_gender_model"

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The age (n,) in years, and the probabilities (n, 2) of a man and of a woman."""
        entry, middle, leave = (self.weights[f"{part}_flow"] for part in ("entry", "middle", "exit"))
        found = F.relu(convolution(images, entry["conv_in"], 2))
        found = _reduction(found, found, entry["reduction_block_0"])
        found = _reduction(found, F.relu(found), entry["reduction_block_1"])
        for block in middle.values():
            found = _main_block(found, block)
        found = _reduction(found, F.relu(found), leave["reduction_block"])
        features = F.relu(separable_convolution(found, leave["separable_conv"])).mean((2, 3))
        age, gender = (linear(features, self.weights["fc"][name]) for name in ("age", "gender"))
        return age[:, 0], torch.softmax(gender, 1)


def _reduction(images: Tensor, activated: Tensor, block: Weights) -> Tensor:
    """Two separable convolutions and a pooling beside a plain convolution; half as many pixels a side.

    activated: `images` as the separable convolutions take them.
    """
    found = F.relu_(separable_convolution(activated, block["separable_conv0"]))
    found = separable_convolution(found, block["separable_conv1"])
    return convolution(images, block["expansion_conv"], 2).add_(max_pool(found))


def _main_block(images: Tensor, block: Weights) -> Tensor:
    """Three separable convolutions, whose result is added to what they were given."""
    found = images
    for layer in block.values():
        found = separable_convolution(F.relu(found), layer)
    return found.add_(images)


class RecognitionNetwork(FaceNetwork):
    """A descriptor of a face, near to those of the same person and far from those of others."""

    name = "face_recognition_model"
    side = 150

    def __call__(self, images: Tensor) -> Tensor:
        """The descriptors (n, 128)."""
        found = F.max_pool2d(F.relu(_scaled_convolution(images, self.weights["conv32_down"], 2)), 3, 2)
        for name in BLOCKS:
            found = _residual(found, self.weights[name], down="down" in name)
        return found.mean((2, 3)) @ self.weights["fc"]


def _scaled_convolution(images: Tensor, layer: Weights, stride: int = 1) -> Tensor:
    """A convolution, and a factor and a summand for each channel, what is left of a batch normalization.

    There is no border where it halves the number of pixels a side.
    """
    filters, bias = layer["conv"]["filters"], layer["conv"]["bias"]
    factor, summand = (layer["scale"][name][:, None, None] for name in ("weights", "biases"))
    return torch.addcmul(summand, F.conv2d(images, filters, bias, stride, padding=1 if stride == 1 else 0), factor)


def _residual(images: Tensor, block: Weights, *, down: bool) -> Tensor:
    """Two convolutions whose result is added to what they were given.

    down: there are half as many pixels a side afterwards, and what they were given is averaged to that. Whichever of
    the two has fewer lines or channels is filled up with zeros.
    """
    found = _scaled_convolution(images, block["conv1"], 2 if down else 1)
    found = _scaled_convolution(F.relu(found), block["conv2"])
    if not down:
        return F.relu(found + images)
    pooled = F.avg_pool2d(images, 2)
    lines = pooled.shape[-1] - found.shape[-1]
    channels = found.shape[1] - pooled.shape[1]
    return F.relu(F.pad(found, (0, lines, 0, lines)) + F.pad(pooled, (0, 0, 0, 0, 0, channels)))


# TensorFlow keeps filters as (height, width, inputs, outputs), those within channels as (height, width, channels, 1).
# PyTorch has (outputs, inputs, height, width) and (channels, 1, height, width).
TO_PYTORCH = {"filters": (3, 2, 0, 1), "pointwise_filter": (3, 2, 0, 1), "depthwise_filter": (2, 3, 0, 1)}


def load_network(kind: type[FaceNetwork], folder: str | Path, device: torch.device | str = "cpu") -> Any:
    """The network `kind` with the weights in `folder`, on `device`.

    Raises `UserError` if a file is missing, or the one does not hold what the other says.
    """
    manifest, file = (Path(folder) / f"{kind.name}{ending}" for ending in ("-weights_manifest.json", ".bin"))
    try:
        return kind(_weights(json.loads(manifest.read_bytes()), file.read_bytes(), device))
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; fetch it first: dvc repro fetch_faces") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(
            f"{manifest}: not the published weights of {kind.name}, or {file.name} is not what it describes; "
            "fetch both again: dvc repro -f fetch_faces"
        ) from None


def _weights(manifest: Any, content: bytes, device: torch.device | str) -> Weights:
    """The weights, nested as their names are; a byte b of a quantized one stands for min + scale * b."""
    (group,) = manifest
    weights: dict[str, Any] = {}
    position = 0
    for entry in group["weights"]:
        steps = entry.get("quantization")
        kind: Any = "<f4" if steps is None else np.uint8
        values: NDArray[Any] = np.frombuffer(content, kind, math.prod(entry["shape"]), position)
        position += values.nbytes
        if steps is not None:
            values = values * float(steps["scale"]) + float(steps["min"])
        weight = torch.from_numpy(np.array(values, np.float32).reshape(entry["shape"]))
        *parts, name = entry["name"].split("/")
        if name in TO_PYTORCH:
            weight = weight.permute(TO_PYTORCH[name]).contiguous(memory_format=torch.channels_last)
        layer = weights
        for part in parts:
            layer = layer.setdefault(part, {})
        layer[name] = weight.to(device)
    return weights
