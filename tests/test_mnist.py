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
    data_set,
    idx_bytes,
    md5_table,
    write_files,
)
from PIL import Image
from torchvision.transforms import Compose, Normalize, Resize, ToTensor

from saddle.data.mnist.dataset import load_mnist, normalized
from saddle.errors import UserError

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
    mnist = load_mnist(fetched(tmp_path, files, "fashion"))
    assert np.array_equal(mnist.train_images, train)
    assert mnist.train_labels.tolist() == [0, 1, 2, 3, 9]
    assert np.array_equal(mnist.test_images, test)
    assert mnist.test_labels.tolist() == [7, 8, 9]
    assert mnist.dataset == "fashion"
    parts = (mnist.train_images, mnist.train_labels, mnist.test_images, mnist.test_labels)
    assert {part.dtype for part in parts} == {torch.uint8}


def test_a_folder_that_was_never_filled_to_its_end_is_refused(tmp_path):
    write_files(tmp_path, data_set())
    with pytest.raises(UserError, match=r"source\.json: no such file; fetch the data first"):
        load_mnist(tmp_path)


def test_a_file_that_went_missing_is_named(tmp_path):
    fetched(tmp_path, data_set())
    (tmp_path / TEST_LABELS).unlink()
    with pytest.raises(UserError, match=f"{TEST_LABELS}: no such file"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        (
            TRAIN_LABELS,
            np.zeros(4, np.uint8),
            f"{TRAIN_LABELS}: 4 labels for the 5 images of .*{TRAIN_IMAGES}",
        ),
        (TEST_IMAGES, np.zeros((4, 28, 28), np.uint8), f"{TEST_LABELS}: 3 labels for the 4 images"),
        (
            TEST_LABELS,
            np.array([1, 2, 10], np.uint8),
            f"{TEST_LABELS}: has the label 10; expected labels from 0 to 9",
        ),
        (
            TEST_IMAGES,
            np.zeros((3, 32, 28), np.uint8),
            f"{TEST_IMAGES}: images of 32 x 28 pixels; expected 28 x 28",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, name, values, told):
    fetched(tmp_path, {**data_set(train=5, test=3), name: idx_bytes(values)})
    with pytest.raises(UserError, match=told):
        load_mnist(tmp_path)


def test_normalized_maps_the_bytes_onto_minus_one_to_one():
    batch = torch.arange(256, dtype=torch.uint8).repeat(49).reshape(16, 28, 28)
    result = normalized(batch, 28)
    assert result.shape == (16, 1, 28, 28)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result[:, 0], batch.double().div(127.5).sub(1).float())
    assert (result.min(), result.max()) == (-1, 1)


def test_normalized_leaves_the_bytes_alone():
    batch = random_images(2)
    before = batch.clone()
    normalized(batch, 28)
    normalized(batch, 32)
    assert torch.equal(batch, before)


def test_normalized_at_the_images_own_size_is_what_r4_computed():
    images = random_images(4)
    torch.testing.assert_close(normalized(images, 28), as_r4_does(images, 28))


@pytest.mark.parametrize("size", [8, 14, 27, 32, 64])
def test_resizing_is_that_of_r4_to_within_the_rounding_of_pil(size):
    images = random_images(8)
    difference = (normalized(images, size) - as_r4_does(images, size)).abs().max()
    # PIL rounds to whole grey values after the rows and again after the columns.
    assert difference <= GREY_LEVEL * 1.001


@pytest.mark.parametrize("size", [7, 14, 29, 32, 50, 64])
@pytest.mark.parametrize("grey", [0, 255])
def test_resized_black_and_white_stay_within_the_range(size, grey):
    result = normalized(torch.full((2, 28, 28), grey, dtype=torch.uint8), size)
    assert result.shape == (2, 1, size, size)
    assert result.abs().max() <= 1
    torch.testing.assert_close(result, torch.full_like(result, grey / 127.5 - 1))


def test_images_that_were_normalized_already_are_refused():
    with pytest.raises(TypeError, match="takes uint8 images, found"):
        normalized(torch.zeros(1, 28, 28), 28)
