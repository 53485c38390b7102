"""MNIST in memory, and the way of a batch from bytes to what the networks see."""

import json

import numpy as np
import pytest
import torch
from mnist_format import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    idx_bytes,
    md5_table,
    write_files,
)
from PIL import Image
from torchvision.transforms import Compose, Normalize, Resize, ToTensor

from saddle.data.images import normalized
from saddle.data.mnist.dataset import read_mnist

GREY_LEVEL = 2 / 255


def fetched(folder, files, dataset="mnist"):
    """A folder as `fetch_mnist` leaves it."""
    write_files(folder, files)
    (folder / "source.json").write_text(json.dumps({"dataset": dataset, "md5": md5_table(files)}))
    return folder


def random_images(count, seed=0):
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def as_r4_does(images, size):
    """R4's own way: torchvision's transforms, one PIL image at a time."""
    transform = Compose([Resize(size), ToTensor(), Normalize([0.5], [0.5])])
    return torch.stack([transform(Image.fromarray(image.numpy())) for image in images])


def test_load_gives_the_four_parts_as_bytes_and_the_name(tmp_path):
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for n in (5, 3))
    files = {
        TRAIN_IMAGES: idx_bytes(train),
        TRAIN_LABELS: idx_bytes(np.array([0, 1, 2, 3, 9], np.uint8)),
        TEST_IMAGES: idx_bytes(test),
        TEST_LABELS: idx_bytes(np.array([7, 8, 9], np.uint8)),
    }
    mnist = read_mnist(fetched(tmp_path, files, "fashion"))
    assert np.array_equal(mnist.train_images, train)
    assert mnist.train_labels.tolist() == [0, 1, 2, 3, 9]
    assert np.array_equal(mnist.test_images, test)
    assert mnist.test_labels.tolist() == [7, 8, 9]
    assert mnist.dataset == "fashion"
    parts = (mnist.train_images, mnist.train_labels, mnist.test_images, mnist.test_labels)
    assert {part.dtype for part in parts} == {torch.uint8}


def test_normalized_maps_the_bytes_onto_minus_one_to_one():
    batch = torch.arange(256, dtype=torch.uint8).repeat(49).reshape(16, 28, 28)
    result = normalized(batch, 28)
    assert result.shape == (16, 1, 28, 28)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result[:, 0], batch.double().div(127.5).sub(1).float())
    assert (result.min(), result.max()) == (-1, 1)


def test_normalized_at_the_images_own_size_is_what_r4_computed():
    images = random_images(4)
    torch.testing.assert_close(normalized(images, 28), as_r4_does(images, 28))


@pytest.mark.parametrize("size", [14, 27, 32])
def test_resizing_is_that_of_r4_to_within_the_rounding_of_pil(size):
    images = random_images(8)
    difference = (normalized(images, size) - as_r4_does(images, size)).abs().max()
    # PIL rounds to whole grey values after the rows and again after the columns.
    assert difference <= GREY_LEVEL * 1.001
