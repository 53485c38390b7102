"""R4's convolutional networks, layer by layer, and the fused upsampling."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, interpolate

from saddle.core.network import initialized
from saddle.networks.convolutions import narrow_conv2d, upsampled_conv2d
from saddle.networks.dcgan import DCGANDiscriminator, DCGANGenerator


def generator() -> DCGANGenerator:
    return initialized(DCGANGenerator, 0, "g", latent_dim=100, image_size=32, channels=1)


def discriminator() -> DCGANDiscriminator:
    return initialized(DCGANDiscriminator, 0, "d", image_size=32, channels=1)


@pytest.mark.parametrize("size", [(1, 1), (4, 6), (8, 8)])
def test_fused_upsampling_equals_upsampling_then_convolution(size: tuple[int, int]) -> None:
    images, weight = torch.randn(2, 5, *size).double(), torch.randn(7, 5, 3, 3).double()
    bias = torch.randn(7).double()
    expected = conv2d(interpolate(images, scale_factor=2), weight, bias, padding=1)
    torch.testing.assert_close(upsampled_conv2d(images, weight, bias), expected)


def test_fused_upsampling_has_the_same_gradients() -> None:
    images, weight = torch.randn(1, 2, 2, 3).double(), torch.randn(2, 2, 3, 3).double()
    assert torch.autograd.gradcheck(upsampled_conv2d, (images.requires_grad_(), weight.requires_grad_()))


@pytest.mark.parametrize("out_channels", [1, 3])
def test_convolution_to_few_channels_equals_the_usual_one(out_channels: int) -> None:
    images, weight = torch.randn(2, 5, 6, 4).double(), torch.randn(out_channels, 5, 3, 3).double()
    bias = torch.randn(out_channels).double()
    torch.testing.assert_close(narrow_conv2d(images, weight, bias), conv2d(images, weight, bias, padding=1))
    torch.testing.assert_close(narrow_conv2d(images, weight), conv2d(images, weight, padding=1))
    few, narrow = images[:1, :2, :3, :3].requires_grad_(), weight[:, :2].requires_grad_()
    assert torch.autograd.gradcheck(narrow_conv2d, (few, narrow))


def test_generator_has_r4s_layers() -> None:
    layers = generator().layers
    convolutions = [(c.in_channels, c.out_channels, c.kernel_size) for c in layers if isinstance(c, nn.Conv2d)]
    assert convolutions == [(128, 128, (3, 3)), (128, 64, (3, 3)), (64, 1, (3, 3))]
    norms = [(n.num_features, n.eps) for n in layers if isinstance(n, nn.BatchNorm2d)]
    assert norms == [(128, 1e-5), (128, 0.8), (64, 0.8)]
    assert isinstance(layers[0], nn.Linear)
    assert (layers[0].in_features, layers[0].out_features) == (100, 128 * 8 * 8)


def test_discriminator_has_r4s_layers() -> None:
    layers = discriminator().layers
    convolutions = [(c.out_channels, c.stride) for c in layers if isinstance(c, nn.Conv2d)]
    assert convolutions == [(width, (2, 2)) for width in (16, 32, 64, 128)]
    assert [n.num_features for n in layers if isinstance(n, nn.BatchNorm2d)] == [32, 64, 128]
    assert [d.p for d in layers if isinstance(d, nn.Dropout2d)] == [0.25] * 4
    last = layers[-2]
    assert isinstance(last, nn.Linear)
    assert last.in_features == 128 * 2 * 2


def test_initialization_is_r4s() -> None:
    for network in (generator(), discriminator()):
        for module in network.modules():
            if isinstance(module, nn.Conv2d) and module.weight.numel() > 10_000:
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.05)
            if isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.02)
                assert 0 < module.weight.std().item() < 0.04
                assert not module.bias.any()
