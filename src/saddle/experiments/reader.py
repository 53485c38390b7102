"""Training and testing the reader of attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from saddle.core.network import initialized
from saddle.data.images import normalized
from saddle.experiments.classifier import TEST_BATCH, fitted
from saddle.networks.attributes import AttributeReader


def train_reader(images: Tensor, labels: Tensor, values: Mapping[str, Sequence[str]], **how: Any) -> AttributeReader:
    """A reader of the attributes `values` of images (n, side, side, 3) uint8.

    labels: (n, attributes), the numbers of the values. how: as `fitted` takes it, seed included.
    """
    side, channels = images.shape[2:]
    reader = initialized(AttributeReader, how["seed"], "reader weights", values=values, channels=channels, size=side)
    return fitted(reader, images, labels, name="judge", size=side, shift=0, **how)


def accuracies(reader: AttributeReader, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Of each attribute the fraction of `images` that it is read from as `labels` say; both as for `train_reader`."""
    device = next(reader.parameters()).device
    read = [reader.read(normalized(part.to(device), reader.size)).cpu() for part in images.split(TEST_BATCH)]
    return dict(zip(reader.values, (torch.cat(read) == labels).double().mean(0).tolist(), strict=True))
