"""Grids of images: every image in its place."""

import numpy as np
import torch

from saddle.rendering.images import (
    GAP,
    captioned,
    grid,
    real_and_fake,
)
from saddle.rendering.shared.figures import to_uint8


def images(count: int, size: int = 4) -> np.ndarray:
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, size, size), np.uint8)


def test_images_are_tiled_row_by_row() -> None:
    picture = grid(images(5), columns=3, scale=2)
    assert picture.shape == (2 * (8 + GAP) + GAP, 3 * (8 + GAP) + GAP, 3)
    for index in range(5):
        row, column = divmod(index, 3)
        tile = picture[GAP + row * (8 + GAP) :, GAP + column * (8 + GAP) :][:8, :8]
        assert (tile == index).all()
    assert (picture[-GAP - 1, -GAP - 1] == 255).all()  # the missing sixth


def test_a_caption_stands_above_and_changes_nothing_below() -> None:
    picture = grid(images(4, 28), 2)
    result = captioned(picture, "epoch 1")
    assert (result[-picture.shape[0] :] == picture).all()
    assert (result[: -picture.shape[0]] < 128).any()


def test_real_stands_left_of_generated() -> None:
    picture = real_and_fake(images(4) * 0 + 10, images(4) * 0 + 200, scale=1, title="GAN")
    half = picture.shape[1] // 2
    assert (picture[:, :half] == 10).any()
    assert not (picture[:, :half] == 200).any()
    assert (picture[:, half:] == 200).any()


def test_bytes_are_the_range_and_what_lies_beyond_is_clipped() -> None:
    values = torch.tensor([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])
    assert to_uint8(values).tolist() == [0, 0, 128, 191, 255, 255]
