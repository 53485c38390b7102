"""MNIST in memory: uint8 tensors, normalized for the networks a batch at a time.

The training images are 47 MB as bytes, so they fit on the device as they are: no worker processes, no copies.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from saddle.data.mnist.files import FILES, read_content, read_source, to_arrays
from saddle.errors import UserError


@dataclass(frozen=True)
class MNIST:
    """A data set in MNIST's format; `dataset` is "mnist", or the name of the folder that other data came from.

    Images are (n, 28, 28) uint8, 0 the background and 255 the ink; labels are (n,) uint8, 0 to 9.
    """

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    dataset: str


def load_mnist(folder: str | Path, grid: int = 1) -> MNIST:
    """The data set that the stage `fetch_mnist` put into `folder`, on the CPU.

    grid: the cells a side of a grid that test images are to fill. Raises `UserError` if nothing was fetched, if a file
    is damaged or does not fit the others, and if there are fewer test images than cells.
    """
    folder = Path(folder)
    source = read_source(folder)
    paths = {name: folder / name for name in FILES}
    arrays = to_arrays({name: read_content(path) for name, path in paths.items()}, paths)
    # torch.tensor copies. It must: the arrays are views of read-only bytes, and a tensor can be written to.
    train_images, train_labels, test_images, test_labels = (torch.tensor(arrays[name]) for name in FILES)
    if (count := len(test_images)) < grid**2:
        raise UserError(
            f"{folder}: {count:,} test images, but mnist.grid is {grid}, and a grid of {grid} x {grid} needs "
            f"{grid**2}; lower it, or give more images"
        )
    return MNIST(train_images, train_labels, test_images, test_labels, source.dataset)


def normalized(batch: torch.Tensor, size: int) -> torch.Tensor:
    """Bytes (n, h, w) as floats (n, 1, size, size) on the same device; 0 becomes -1, and 255 becomes 1.

    Images are resized as in R4, by torchvision's bilinear `Resize` of PIL images. The one difference is that PIL
    rounds to whole grey values and this does not. PIL always averages over all the pixels that shrink into one; that is
    `antialias`. Where an image grows there is nothing to average and both ways give the same, but the plain one is
    faster and every kind of device has it.
    """
    images = batch.unsqueeze(1).float()
    if batch.shape[1:] != (size, size):
        shrinks = size < max(batch.shape[1:])
        images = F.interpolate(images, (size, size), mode="bilinear", align_corners=False, antialias=shrinks)
        # The weights of a pixel add up to 1 only up to rounding, which must not lead out of the range.
        images.clamp_(0, 255)
    return images.div_(127.5).sub_(1)
