"""MNIST as a torchvision data set in memory, an image at a time through transforms."""

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.datasets.mnist import read_image_file

TRAIN_IMAGES = "train-images-idx3-ubyte"


class MNISTImages(Dataset[Tensor]):
    """The training images in `folder`, without labels; each is a PIL image first, as in `torchvision.datasets.MNIST`.

    size: pixels a side that they are resized to, if any.
    """

    def __init__(self, folder: str | Path, size: int | None = None) -> None:
        self.images = read_image_file(str(Path(folder) / TRAIN_IMAGES))
        resize = [] if size is None else [transforms.Resize(size)]
        self.transform = transforms.Compose([*resize, transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        image: Tensor = self.transform(Image.fromarray(self.images[index].numpy()))
        return image


def batches(data: Dataset[Tensor], batch_size: int, device: torch.device) -> Iterator[Tensor]:
    """Batches on `device` in a random order, anew in each epoch, without end."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True, drop_last=True)
    while True:
        for images in loader:
            yield images.to(device)
