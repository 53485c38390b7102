"""MNIST in memory, and the way of a batch from bytes to what the networks see."""

import pytest
import torch
from PIL import Image
from torchvision.transforms import Compose, Normalize, Resize, ToTensor

from saddle.data.images import normalized

GREY_LEVEL = 2 / 255


def random_images(count, seed=0):
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def as_r4_does(images, size):
    """R4's own way: torchvision's transforms, one PIL image at a time."""
    transform = Compose([Resize(size), ToTensor(), Normalize([0.5], [0.5])])
    return torch.stack([transform(Image.fromarray(image.numpy())) for image in images])


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
