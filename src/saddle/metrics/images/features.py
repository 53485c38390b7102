"""Features of images, extracted by the classifier of their data: what all image metrics compare."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saddle.core.files import read_arrays, write_arrays
from saddle.data.images import normalized
from saddle.networks.classifier import Classifier

BATCH = 500


@dataclass(frozen=True)
class ImageFeatures:
    """What the classifier extracts from a set of images: features (n, 128), logits (n, classes), float32 on the CPU.

    With one class there is no classifier: the data have no labels, and the features are those of a random network.
    """

    features: Tensor
    logits: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, chosen: Tensor | slice) -> "ImageFeatures":
        return ImageFeatures(self.features[chosen], self.logits[chosen])


@torch.no_grad()
def extract_features(classifier: Classifier, batches: Iterable[Tensor]) -> ImageFeatures:
    """The features of batches of images (n, channels, side, side) in [-1, 1], with the classifier as the extractor."""
    features = [classifier.features(batch) for batch in batches]
    return ImageFeatures(torch.cat(features).cpu(), torch.cat([classifier.head(part) for part in features]).cpu())


def batches(images: Tensor, size: int, device: torch.device) -> Iterator[Tensor]:
    """`images`, as in `ImageData`, as network input of the given size, a batch at a time."""
    for start in range(0, len(images), BATCH):
        yield normalized(images[start : start + BATCH].to(device), size)


def nearest_distances(points: Tensor, others: Tensor) -> Tensor:
    """Euclidean distance of each of `points` (n, d) to the nearest of `others` (m, d), shape (n,), float64."""
    parts = [torch.cdist(points[start : start + BATCH], others).amin(1) for start in range(0, len(points), BATCH)]
    return torch.cat(parts).double()


@dataclass(frozen=True)
class RealImages:
    """What generated images are held against.

    train: (n, 128) features of the training images. test: the test images. nearest: (len(test),) float64, each test
    image's distance to the nearest training image, in features.
    """

    train: Tensor
    test: ImageFeatures
    nearest: Tensor

    @classmethod
    def of(cls, train: Tensor, test: ImageFeatures) -> "RealImages":
        """With the distances, which take seconds at MNIST's size."""
        return cls(train, test, nearest_distances(test.features, train))

    def first(self, count: int) -> "RealImages":
        """With the first `count` test images, or all if there are fewer."""
        return RealImages(self.train, self.test[:count], self.nearest[:count])

    def floor_size(self, samples: int) -> int:
        """How many training images the floor is measured with: `samples`, or half of them, held against the others."""
        return min(samples, len(self.train) // 2)

    def save(self, path: str | Path) -> None:
        """Write it to an `.npz`, since it is the same for every generator."""
        tensors = {
            "train": self.train,
            "test_features": self.test.features,
            "test_logits": self.test.logits,
            "nearest": self.nearest,
        }
        write_arrays(path, {name: tensor.numpy() for name, tensor in tensors.items()})

    @classmethod
    def load(cls, path: str | Path) -> "RealImages":
        """Read what `save` wrote. Raises `UserError` as `read_arrays` does."""
        arrays = read_arrays(path, {"train": 2, "test_features": 2, "test_logits": 2, "nearest": 1})
        train, features, logits, nearest = (torch.from_numpy(array) for array in arrays.values())
        return cls(train, ImageFeatures(features, logits), nearest)
