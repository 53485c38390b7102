"""Putting published weights into the face networks."""

from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from saddle.faces.manifest import read_weights
from saddle.faces.network import FaceNetwork

N = TypeVar("N", bound=FaceNetwork)
# TensorFlow keeps filters as (height, width, inputs, outputs), those within channels as (height, width, channels, 1).
# PyTorch has (outputs, inputs, height, width) and (channels, 1, height, width).
TO_PYTORCH = {"filters": (3, 2, 0, 1), "pointwise_filter": (3, 2, 0, 1), "depthwise_filter": (2, 3, 0, 1)}


def load_network(kind: type[N], folder: str | Path) -> N:
    """The network `kind` with the weights in `folder`, in evaluation mode, on the CPU.

    Raises `UserError` if `folder` does not hold just the weights that it needs (see `read_weights`).
    """
    with torch.device("meta"):
        network = kind()
    shapes = {name.replace(".", "/"): _published(name, value) for name, value in network.named_parameters()}
    weights = read_weights(folder, kind.name, shapes)
    state = {name.replace("/", "."): _arranged(name, value) for name, value in weights.items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _published(name: str, parameter: Tensor) -> list[int]:
    """The shape that a parameter has in a file."""
    order = TO_PYTORCH.get(name.rpartition(".")[2])
    if order is None:
        return list(parameter.shape)
    return [parameter.shape[order.index(axis)] for axis in range(len(order))]


def _arranged(name: str, weights: Tensor) -> Tensor:
    order = TO_PYTORCH.get(name.rpartition("/")[2])
    return weights if order is None else weights.permute(order).contiguous()
