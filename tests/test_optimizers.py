"""The optimizers by name: which they are, their betas by hand, their rate, and what a checkpoint keeps of them."""

import io
from typing import Any

import pytest
import torch
from torch import nn, optim

from saddle.training.optimizers import OPTIMIZERS, OptimizerSettings, Schedule, moments, restore_moments


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.2), nn.BatchNorm1d(5), nn.Linear(5, 1)).double()


def train(trained: nn.Module, optimizer: optim.Optimizer, steps: int, seed: int = 1) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        trained(torch.randn(7, 3, generator=rng, dtype=torch.float64)).square().mean().backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in trained.parameters()]


@pytest.mark.parametrize(
    ("name", "reference"),
    [("rmsprop", optim.RMSprop), ("adam", optim.Adam), ("adamw", optim.AdamW), ("sgd", optim.SGD)],
)
def test_steps_are_those_of_pytorchs_defaults(name: str, reference: Any) -> None:
    ours, theirs = network(), network()
    expected = train(theirs, reference(theirs.parameters(), lr=0.01), 20)
    torch.testing.assert_close(train(ours, OptimizerSettings(name, 0.01).build(ours), 20), expected, rtol=0, atol=1e-12)


def test_unknown_optimizer() -> None:
    with pytest.raises(ValueError, match="lion"):
        OptimizerSettings("lion", 0.01).build(network())


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_betas_are_those_that_are_set(name: str) -> None:
    """Two steps with the gradients 1 and 3, by hand (Kingma and Ba 2015, algorithm 1)."""
    single = nn.Linear(1, 1, bias=False).double()
    start = single.weight.item()
    optimizer = OptimizerSettings(name, 0.01, (0.5, 0.9)).build(single)
    decay = 1 - 0.01 * 0.01 if name == "adamw" else 1.0
    expected, mean, square = start, 0.0, 0.0
    for step, gradient in enumerate((1.0, 3.0), start=1):
        single.weight.grad = torch.full_like(single.weight, gradient)
        optimizer.step()
        mean, square = 0.5 * mean + 0.5 * gradient, 0.9 * square + 0.1 * gradient**2
        corrected = mean / (1 - 0.5**step), square / (1 - 0.9**step)
        expected = expected * decay - 0.01 * corrected[0] / (corrected[1] ** 0.5 + 1e-8)
    assert single.weight.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_rate_of_zero_moves_nothing(name: str) -> None:
    trained = network()
    optimizer = OptimizerSettings(name, 0.01).build(trained)
    before = train(trained, optimizer, 2)
    Schedule(0.0, "none", 1).apply([optimizer], 0)
    assert all(torch.equal(now, then) for now, then in zip(train(trained, optimizer, 2), before, strict=True))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_moments_carry_a_run_over_and_the_rate_is_that_of_the_settings(name: str) -> None:
    first = network()
    optimizer = OptimizerSettings(name, 0.01).build(first)
    train(first, optimizer, 3)
    file = io.BytesIO()
    torch.save((first.state_dict(), moments(optimizer)), file)
    file.seek(0)
    weights, kept = torch.load(file, weights_only=True)
    second = network()
    second.load_state_dict(weights)
    restored = OptimizerSettings(name, 0.01).build(second)
    restore_moments(restored, kept)
    assert all(map(torch.equal, train(second, restored, 2, seed=2), train(first, optimizer, 2, seed=2)))
    assert restored.param_groups[0]["lr"] == 0.01
