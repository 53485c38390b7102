"""The compact pair, layer by layer: shapes, ranges, what it is made of, and what is refused."""

from typing import Any

import pytest
import torch
from torch import nn

from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.compact import CompactDiscriminator, CompactGenerator

IMAGES = {"image_size": 28, "channels": 1}


def generator(**changed: Any) -> CompactGenerator:
    return initialized(CompactGenerator, 0, "g", **{"latent_dim": 5, "widths": [9, 6, 3], **IMAGES, **changed})


def discriminator(**changed: Any) -> CompactDiscriminator:
    return initialized(CompactDiscriminator, 0, "d", **{"widths": [3, 6, 9], **IMAGES, **changed})


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (4, 3), (32, 1)])
def test_shapes_and_range(size: int, channels: int) -> None:
    made = generator(image_size=size, channels=channels)
    images = made(torch.randn(4, 5))
    assert images.shape == (4, channels, size, size)
    assert made.sample_shape == (channels, size, size)
    assert images.abs().max() <= 1
    assert discriminator(image_size=size, channels=channels)(images).shape == (4,)


def test_widths_are_those_that_images_pass_in_order() -> None:
    up = [layer for layer in generator().layers if isinstance(layer, nn.ConvTranspose2d)]
    assert [(layer.in_channels, layer.out_channels, layer.stride) for layer in up] == [(6, 3, (2, 2)), (3, 1, (2, 2))]
    down = [layer for layer in discriminator().layers if isinstance(layer, nn.Conv2d)]
    assert [(layer.in_channels, layer.out_channels, layer.stride) for layer in down] == [(1, 3, (2, 2)), (3, 6, (2, 2))]


def test_the_discriminator_treats_every_image_by_itself() -> None:
    made, images = discriminator(), torch.randn(6, 1, 28, 28)
    assert made.per_sample
    torch.testing.assert_close(made(images)[:2], made(images[:2]))


def test_of_the_latents_that_choose_a_mode_only_the_largest_counts() -> None:
    latents = torch.tensor([[0.1, 2.0, -5.0, 0.3, -0.4], [-1.0, -3.0, -2.0, 0.5, 0.0]])
    made = generator(modes=3)
    expected = torch.tensor([[0.0, 3.0, 0.0, 0.3, -0.4], [3.0, 0.0, 0.0, 0.5, 0.0]])
    assert torch.equal(made.codes(latents), expected)
    assert torch.equal(made.codes(expected), expected)
    assert torch.equal(made.sample(latents), made.sample(expected))
    louder = latents * torch.tensor([3.0, 3.0, 3.0, 1.0, 1.0])
    assert torch.equal(made.sample(louder), made.sample(latents))
    assert torch.equal(generator().codes(latents), latents)


@pytest.mark.parametrize("modes", [1, 6])
def test_as_many_modes_as_there_are_latents_for_them(modes: Any) -> None:
    with pytest.raises(UserError, match=r"Compact's modes is "):
        generator(modes=modes)


def test_a_size_that_cannot_be_halved_twice_is_refused() -> None:
    for make in (generator, discriminator):
        with pytest.raises(UserError, match="image_size is 30; a compact pair needs a multiple of 4"):
            make(image_size=30)
