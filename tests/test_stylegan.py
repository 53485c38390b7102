"""StyleGAN and StyleGAN2 against the numbers of the SeFa authors' code, and against the papers' formulas."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from saddle.core.model_file import kind
from saddle.core.network import initialized
from saddle.networks.stylegan import ConvLayer
from saddle.networks.stylegan2 import StyledLayer
from saddle.sefa.factorization import factorize

VECTORS = Path(__file__).parent / "vectors" / "stylegan_r32.npz"
SETTINGS = {
    "latent_dim": 24,
    "w_dim": 24,
    "mapping_width": 24,
    "mapping_layers": 4,
    "widths": [32, 32, 32, 16],
    "channels": 3,
}
KINDS = ["stylegan", "stylegan2"]
RANGES = {"all": range(8), "0-1": range(2), "2-4": range(2, 5)}


@cache
def vectors(name):
    with np.load(VECTORS) as archive:
        return {key.removeprefix(f"{name}/"): archive[key] for key in archive if key.startswith(f"{name}/")}


def tensor(name, key):
    return torch.from_numpy(vectors(name)[key])


def reference(name):
    state = {key[6:]: torch.from_numpy(value) for key, value in vectors(name).items() if key.startswith("state/")}
    generator = kind(name).NETWORKS["generator"](**SETTINGS)
    generator.load_state_dict(state)
    return generator.eval()


def assert_near(found, expected):
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("name", KINDS)
def test_mapping_and_images_match_the_reference(name):
    generator, latents = reference(name), tensor(name, "z")
    assert_near(generator.mapping(latents), vectors(name)["w"])
    codes = generator.codes(latents)
    assert_near(codes, vectors(name)["wp"])
    assert_near(generator.sample(latents), vectors(name)["image"])
    assert_near(generator.sample(codes), vectors(name)["image"])
    generator.truncate(0.7, 4)
    assert_near(generator.sample(latents), vectors(name)["image_psi0.7_layers4"])


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("layers", RANGES)
def test_directions_of_layers_match_the_reference(name, layers):
    eigenvalues, directions = factorize(reference(name).style_weights(RANGES[layers]))
    np.testing.assert_allclose(eigenvalues, vectors(name)[f"sefa/{layers}/eigenvalues"], atol=1e-4)
    expected = vectors(name)[f"sefa/{layers}/directions"]
    signs = np.sign((directions.numpy() * expected).sum(1, keepdims=True))
    np.testing.assert_allclose(directions.numpy() * signs, expected, atol=1e-4)


@pytest.mark.parametrize("side", [64, 128])
def test_stylegan_upsamples_as_the_original_code(side):
    layer = initialized(ConvLayer, 0, "test", in_channels=3, channels=2, side=side, w_dim=4, upsample=True)
    features = torch.randn(2, 3, side // 2, side // 2)
    weight = layer.weight * layer.scale
    if side == 64:
        expected = F.conv2d(F.interpolate(features, scale_factor=2, mode="nearest"), weight, padding=1)
    else:
        # Tero Karras's upscale2d_conv2d: the kernel is added to itself, shifted by one, and applied transposed.
        padded = F.pad(weight, (1, 1, 1, 1))
        summed = padded[..., 1:, 1:] + padded[..., :-1, 1:] + padded[..., 1:, :-1] + padded[..., :-1, :-1]
        expected = F.conv_transpose2d(features, summed.transpose(0, 1), stride=2, padding=1)
    w, blurred = torch.randn(2, 4), F.conv2d(expected, layer.blur["kernel"], padding=1, groups=2)
    torch.testing.assert_close(layer(features, w), layer.styled(blurred, w), atol=1e-4, rtol=1e-4)


def test_noise_is_added_times_its_strength():
    layer = initialized(StyledLayer, 0, "test", in_channels=3, channels=2, side=8, w_dim=4, upsample=False)
    features, w = torch.randn(1, 3, 8, 8), torch.randn(1, 4)
    with torch.no_grad():
        layer.bias.fill_(10.0)
        plain = layer(features, w)
        layer.noise_strength.fill_(0.5)
        torch.testing.assert_close(
            layer(features, w) - plain, (0.5 * 2**0.5 * layer.noise).expand(1, 2, 8, 8), atol=1e-4, rtol=0
        )
