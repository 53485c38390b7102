"""A data set of images in memory: uint8 tensors, normalized for the networks a batch at a time.

MNIST's training images are 47 MB as bytes, so they fit on the device as they are: no worker processes, no copies.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from saddle.core.files import read_arrays, write_arrays
from saddle.errors import UserError

FILE = "images.npz"
AXES = {"train_images": 4, "train_labels": 1, "test_images": 4, "test_labels": 1, "dataset": 0, "classes": 1}


@dataclass(frozen=True)
class ImageData:
    """Images (n, h, w) uint8 if they are grey, or (n, h, w, 3); labels (n,) uint8, places in `classes`, or None.

    dataset: what the data are called; of MNIST's digits it is "mnist".
    """

    train_images: Tensor
    train_labels: Tensor | None
    test_images: Tensor
    test_labels: Tensor | None
    dataset: str
    classes: tuple[str, ...] = ()


def save_images(folder: str | Path, data: ImageData) -> None:
    """Write `data` into `folder`, as one file that `load_images` reads."""
    arrays = {"dataset": np.array(data.dataset), "classes": np.array(data.classes, dtype=str)}
    for name in ("train", "test"):
        images, labels = getattr(data, f"{name}_images"), getattr(data, f"{name}_labels")
        arrays[f"{name}_images"] = images.reshape(*images.shape[:3], -1).numpy()
        arrays[f"{name}_labels"] = np.empty(0, np.uint8) if labels is None else labels.numpy()
    write_arrays(Path(folder) / FILE, arrays)


def load_images(folder: str | Path, grid: int = 1) -> ImageData:
    """The data set that a stage put into `folder`, on the CPU.

    grid: the cells a side of a grid that test images are to fill. Raises `UserError` if the file is missing or bad, and
    if there are fewer test images than cells.
    """
    arrays = read_arrays(Path(folder) / FILE, AXES)
    if (count := len(arrays["test_images"])) < grid**2:
        raise UserError(
            f"{folder}: {count:,} test images, but images.grid is {grid}, and a grid of {grid} x {grid} needs "
            f"{grid**2}; lower it, or hold out more"
        )
    parts: dict[str, Any] = {}
    for name in ("train", "test"):
        images, labels = (torch.from_numpy(arrays[f"{name}_{kind}"]) for kind in ("images", "labels"))
        parts |= {f"{name}_images": images.squeeze(-1), f"{name}_labels": labels if len(labels) else None}
    return ImageData(**parts, dataset=str(arrays["dataset"]), classes=tuple(arrays["classes"].tolist()))


def channels_of(images: Tensor) -> int:
    """1 of grey images (n, h, w), 3 of coloured ones (n, h, w, 3)."""
    return 1 if images.ndim == 3 else 3


def normalized(batch: Tensor, size: int) -> Tensor:
    """Bytes (n, h, w) or (n, h, w, 3) as floats (n, 1 or 3, size, size) on the same device; 0 becomes -1, 255 1.

    Images are resized as in R4, by torchvision's bilinear `Resize` of PIL images. The one difference is that PIL
    rounds to whole grey values and this does not. PIL always averages over all the pixels that shrink into one; that is
    `antialias`. Where an image grows there is nothing to average and both ways give the same, but the plain one is
    faster and every kind of device has it.
    """
    images = (batch.unsqueeze(1) if batch.ndim == 3 else batch.movedim(3, 1)).float()
    if images.shape[2:] != (size, size):
        shrinks = size < max(images.shape[2:])
        images = F.interpolate(images, (size, size), mode="bilinear", align_corners=False, antialias=shrinks)
        # The weights of a pixel add up to 1 only up to rounding, which must not lead out of the range.
        images.clamp_(0, 255)
    return images.div_(127.5).sub_(1)
