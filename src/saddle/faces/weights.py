"""Published weights and the face networks that take them.

TensorFlow.js publishes weights as a manifest in JSON that says what lies where in a file of bytes
(https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts). What the stage `fetch_faces` leaves has the
known hashes, so only what the face networks use of the format is read: one file, each weight float32 or in uint8 steps.
"""

import json
import math
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from saddle.errors import UserError


class FaceNetwork(nn.Module):
    """A face network. name: that of its published files. side: how many pixels a side it takes."""

    name: ClassVar[str]
    side: ClassVar[int]


N = TypeVar("N", bound=FaceNetwork)
# TensorFlow keeps filters as (height, width, inputs, outputs), those within channels as (height, width, channels, 1).
# PyTorch has (outputs, inputs, height, width) and (channels, 1, height, width).
TO_PYTORCH = {"filters": (3, 2, 0, 1), "pointwise_filter": (3, 2, 0, 1), "depthwise_filter": (2, 3, 0, 1)}


def weights_name(network: str) -> str:
    """The name of the file of weights of a network."""
    return f"{network}.bin"


def load_network(kind: type[N], folder: str | Path) -> N:
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
    if position != len(content):
        raise ValueError(f"{len(content)} bytes; {position} are described")
    return weights
