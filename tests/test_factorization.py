from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from saddle.core.network import Generator, initialized
from saddle.errors import UserError
from saddle.networks.mlp import MLPGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.networks.progan.layers import pixel_norm
from saddle.sefa.factorization import factorize

VECTORS = Path(__file__).parent / "vectors" / "pggan_r16.npz"


class UpsamplingGenerator(Generator):
    """It begins like a DCGAN: a layer, its output shaped as an image, then a convolution."""

    def __init__(self, first):
        super().__init__({})
        self.latent_dim = 10
        self.layers = nn.Sequential(first, nn.Unflatten(1, (4, 2, 2)), nn.Conv2d(4, 1, 3))


def mlp(latent_dim=12, width=40):
    return initialized(MLPGenerator, 0, "test", latent_dim=latent_dim, sample_shape=(2,), hidden=[width])


def random_matrix(rows=12, columns=40, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_progan_matches_the_reference():
    generator = ProGANGenerator(latent_dim=24, resolution=16, fmaps_base=256, fmaps_max=32)
    with np.load(VECTORS) as vectors:
        generator.load_state_dict(
            {key[6:]: torch.from_numpy(vectors[key]) for key in vectors if key.startswith("state/")}
        )
        expected = vectors["sefa_eigenvalues"], vectors["sefa_directions"]
    eigenvalues, directions = factorize(generator.first_layer())
    np.testing.assert_allclose(eigenvalues, expected[0], atol=1e-4)
    found = directions.numpy()
    signs = np.sign((found * expected[1]).sum(1, keepdims=True))
    np.testing.assert_allclose(found * signs, expected[1], atol=1e-4)


def test_moving_a_code_moves_the_first_layer_by_the_factored_matrix():
    generator = mlp().double()
    A, directions = generator.first_layer().T, factorize(generator.first_layer()).directions
    latent, distance = random_matrix(1, 12)[0], 1.7
    first = generator.layers[0]
    for direction in directions:
        moved = first(latent + distance * direction)
        torch.testing.assert_close(moved, first(latent) + distance * (A @ direction))


def test_the_first_direction_changes_the_most_and_the_last_the_least():
    weight = random_matrix()
    eigenvalues, directions = factorize(weight)
    others = nn.functional.normalize(random_matrix(1000, 12, seed=1))
    lengths = (others @ weight).norm(dim=1)
    assert lengths.max() < (directions[0] @ weight).norm()
    assert lengths.min() > (directions[-1] @ weight).norm()
    torch.testing.assert_close((directions @ weight).square().sum(1), eigenvalues)


def test_directions_are_orthonormal_sorted_eigenvectors_with_fixed_signs():
    weight = random_matrix()
    eigenvalues, directions = factorize(weight)
    assert directions.dtype == eigenvalues.dtype == torch.float64
    torch.testing.assert_close(directions @ directions.T, torch.eye(12).double())
    assert (eigenvalues.diff() <= 0).all()
    torch.testing.assert_close(directions @ (weight @ weight.T), eigenvalues[:, None] * directions)
    assert (directions.amax(1) == directions.abs().amax(1)).all()


def test_known_eigenvectors():
    weight = torch.diag(torch.tensor([1.0, -3.0, 2.0]))
    eigenvalues, directions = factorize(weight)
    torch.testing.assert_close(eigenvalues, torch.tensor([9.0, 4.0, 1.0]).double())
    torch.testing.assert_close(directions, torch.eye(3).double()[[1, 2, 0]])


def test_the_result_is_the_same_every_time_and_for_a_rotated_feature_space():
    weight = random_matrix()
    first, second = factorize(weight), factorize(weight.clone())
    assert torch.equal(first.directions, second.directions)
    assert torch.equal(first.eigenvalues, second.eigenvalues)
    rotation = torch.linalg.qr(random_matrix(40, 40, seed=2)).Q
    torch.testing.assert_close(factorize(weight @ rotation).directions, first.directions)


def test_more_latent_dimensions_than_features_leave_directions_without_effect():
    eigenvalues, directions = factorize(random_matrix(12, 5))
    assert (eigenvalues >= 0).all()
    assert (eigenvalues > 1e-9).sum() == 5
    assert directions.shape == (12, 12)


def test_the_linear_layer_that_meets_the_latent_is_found():
    generator = mlp()
    assert torch.equal(generator.first_layer(), generator.layers[0].weight.T)
    upsampling = UpsamplingGenerator(nn.Linear(10, 16))
    assert torch.equal(upsampling.first_layer(), upsampling.layers[0].weight.T)
    assert not generator.first_layer().requires_grad


@pytest.mark.parametrize("first", [nn.ConvTranspose2d(10, 16, 2), nn.Linear(7, 16), nn.BatchNorm1d(10)])
def test_a_generator_without_such_a_layer_is_refused(first):
    with pytest.raises(UserError, match=f"its first layer is a {type(first).__name__}"):
        UpsamplingGenerator(first).first_layer()


def test_codes_are_normalized_for_progan_alone():
    latents = random_matrix(3, 24).float()
    progan = ProGANGenerator(latent_dim=24, resolution=8, fmaps_base=64, fmaps_max=8)
    assert torch.equal(progan.codes(latents), pixel_norm(latents))
    assert torch.equal(mlp(24).codes(latents), latents)
    torch.testing.assert_close(progan.sample(progan.codes(latents)), progan.sample(latents))


@pytest.mark.parametrize("count", [0, -1, 13])
def test_directions_that_do_not_exist_are_refused(count):
    with pytest.raises(UserError, match=f"num_semantics is {count}; allowed: 1 to 12"):
        factorize(random_matrix()).strongest(count)
