"""The penalties against numerical derivatives, when the lazy one is due, and weight clipping."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saddle.core.network import Discriminator, initialized
from saddle.networks.mlp import MLPDiscriminator
from saddle.training.constraints import (
    Uniform,
    WeightClipping,
    ZeroCentredPenalty,
    gradient_penalty,
)


class Linear(Discriminator):
    """D(x) = slope * sum of all entries of x: its gradient norm is |slope| sqrt(number of entries)."""

    def __init__(self, slope: float) -> None:
        super().__init__({})
        self.slope = nn.Parameter(torch.tensor(slope, dtype=torch.float64))

    def forward(self, samples: Tensor) -> Tensor:
        return self.slope * samples.flatten(1).sum(1)


def rng(seed: int = 0) -> Uniform:
    generator = torch.Generator().manual_seed(seed)
    return lambda count: torch.rand(count, generator=generator)


def squared_gradients(critic: Discriminator, samples: Tensor) -> Tensor:
    """||grad D(x)||^2 of each of `samples` (n, 2), by differences."""
    step = 1e-6
    squares = torch.zeros(len(samples), dtype=torch.float64)
    for axis in range(2):
        offset = torch.zeros(2, dtype=torch.float64)
        offset[axis] = step
        with torch.no_grad():
            squares += ((critic(samples + offset) - critic(samples - offset)) / (2 * step)) ** 2
    return squares


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (3, 8, 8)])
def test_norm_is_taken_over_all_dimensions_of_a_sample(shape: tuple[int, ...]) -> None:
    critic = Linear(0.5)
    real, fake = torch.randn(6, *shape, dtype=torch.float64), torch.randn(6, *shape, dtype=torch.float64)
    entries = real[0].numel()
    expected = (0.5 * entries**0.5 - 1) ** 2
    assert gradient_penalty(critic, real, fake, rng()).item() == pytest.approx(expected, rel=1e-6)


def test_penalty_equals_the_one_from_numerical_derivatives() -> None:
    critic = initialized(MLPDiscriminator, 0, "test", sample_shape=(2,), hidden=[16, 16], negative_slope=0.2).double()
    real, fake = torch.randn(5, 2, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
    share = rng(3)(5).double()[:, None]
    between = share * real + (1 - share) * fake
    expected = ((squared_gradients(critic, between).sqrt() - 1) ** 2).mean().item()
    assert gradient_penalty(critic, real, fake, rng(3)).item() == pytest.approx(expected, rel=1e-5)


def test_gradient_of_the_penalty_equals_its_numerical_derivative() -> None:
    real, fake = torch.randn(4, 2, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)

    def penalty(slope: float) -> Tensor:
        critic = Linear(slope)
        value = gradient_penalty(critic, real, fake, rng())
        value.backward()
        assert critic.slope.grad is not None
        return torch.stack([value.detach(), critic.slope.grad])

    numerical = (penalty(0.3 + 1e-6)[0] - penalty(0.3 - 1e-6)[0]) / 2e-6
    assert penalty(0.3)[1].item() == pytest.approx(numerical.item(), rel=1e-6)


@pytest.mark.parametrize("shape", [(2,), (1, 3, 3)])
@pytest.mark.parametrize(
    "layers",
    [
        {"activation": "leaky_relu", "negative_slope": 0.2},
        {"activation": "relu"},
        {"batch_norm": {"eps": 0.8, "statistics": "batch"}},
    ],
)
def test_an_mlps_input_gradient_and_its_own_gradients_are_those_of_differentiating_twice(
    layers: dict[str, Any], shape: tuple[int, ...]
) -> None:
    critic = initialized(MLPDiscriminator, 0, "test", sample_shape=shape, hidden=[16, 8, 4], **layers).double()
    samples = torch.randn(7, *shape, dtype=torch.float64)
    samples[0] = 0
    with torch.no_grad():
        critic.layers[0].bias[:8] = 0  # type: ignore[union-attr, operator, index] # the first sample sits on kinks
    weights = [layer.weight for layer in critic.layers if isinstance(layer, nn.Linear)]
    results = []
    for gradient in (critic.input_gradient(samples), Discriminator.input_gradient(critic, samples)):
        assert gradient.shape == samples.shape
        results.append([gradient, *torch.autograd.grad(gradient.pow(3).sum(), weights)])
    torch.testing.assert_close(*results)


def test_gradient_is_finite_where_the_critic_is_flat() -> None:
    critic = Linear(0.0)
    gradient_penalty(critic, torch.randn(4, 2).double(), torch.randn(4, 2).double(), rng()).backward()
    assert critic.slope.grad is not None
    assert torch.isfinite(critic.slope.grad)


def test_the_zero_centred_penalty_is_half_the_weight_times_the_squared_gradients_at_real_samples() -> None:
    critic = initialized(MLPDiscriminator, 0, "test", sample_shape=(2,), hidden=[16, 16], negative_slope=0.2).double()
    real, fake = torch.randn(5, 2, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
    penalty = ZeroCentredPenalty(weight=0.7, every=1).penalty(critic, real, fake, rng())
    assert penalty is not None
    assert penalty.item() == pytest.approx(0.35 * squared_gradients(critic, real).mean().item(), rel=1e-5)


def test_the_zero_centred_penalty_trains_the_critic() -> None:
    """D(x) = s * (sum of 2 entries): the penalty is weight / 2 * 2 s^2, and its derivative 2 weight s."""
    critic = Linear(0.3)
    real = torch.randn(4, 2, dtype=torch.float64)
    penalty = ZeroCentredPenalty(weight=5.0, every=1).penalty(critic, real, real, rng())
    assert penalty is not None
    penalty.backward()
    assert critic.slope.grad is not None
    assert (penalty.item(), critic.slope.grad.item()) == pytest.approx((5.0 * 0.3**2, 2 * 5.0 * 0.3))


def test_a_lazy_penalty_is_due_at_every_nth_update_and_then_n_times_as_strong() -> None:
    real = torch.randn(4, 2, dtype=torch.float64)
    lazy, always = ZeroCentredPenalty(weight=5.0, every=4), ZeroCentredPenalty(weight=5.0, every=1)
    assert [update for update in range(9) if lazy.due(update)] == [0, 4, 8]
    assert all(always.due(update) for update in range(9))
    strong, plain = (penalty.penalty(Linear(0.3), real, real, rng()) for penalty in (lazy, always))
    assert strong.item() == pytest.approx(4 * plain.item())


def test_clipping_bounds_every_parameter_and_keeps_those_within() -> None:
    critic = initialized(MLPDiscriminator, 0, "test", sample_shape=(2,), hidden=[64, 64])
    before = [parameter.clone() for parameter in critic.parameters()]
    WeightClipping(0.05).project(critic)
    for old, new in zip(before, critic.parameters(), strict=True):
        assert torch.equal(new, old.clamp(-0.05, 0.05))
    assert max(parameter.abs().max().item() for parameter in critic.parameters()) == pytest.approx(0.05)
