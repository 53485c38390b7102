"""The optimizers against PyTorch's own, parameter by parameter."""

import copy

import pytest
import torch
from torch import nn, optim

from saddle.training.optimizers import Optimizer, OptimizerSettings


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.2), nn.BatchNorm1d(5), nn.Linear(5, 1)).double()


def train(trained: nn.Module, optimizer: Optimizer | optim.Optimizer, steps: int) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    for _ in range(steps):
        optimizer.zero_grad()
        trained(torch.randn(7, 3, generator=rng, dtype=torch.float64)).square().mean().backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in trained.parameters()]


@pytest.mark.parametrize(
    ("name", "reference", "tolerance"),
    [
        ("rmsprop", optim.RMSprop, 0.0),
        ("adam", optim.Adam, 1e-12),
        ("adamw", optim.AdamW, 1e-12),
        ("sgd", optim.SGD, 0.0),
    ],
)
def test_steps_are_those_of_pytorch_one_parameter_at_a_time(
    name: str, reference: type[optim.Optimizer], tolerance: float
) -> None:
    ours, theirs = network(), network()
    expected = train(theirs, reference(theirs.parameters(), lr=0.01), 20)  # type: ignore[call-arg]
    result = train(ours, OptimizerSettings(name, 0.01).build(ours), 20)
    torch.testing.assert_close(result, expected, rtol=0, atol=tolerance)


def test_rmsprop_takes_no_gradient_from_the_step_before() -> None:
    trained = network()
    optimizer = OptimizerSettings("rmsprop", 0.01).build(trained)
    inputs = torch.randn(7, 3, dtype=torch.float64)
    trained(inputs).sum().backward()
    optimizer.zero_grad()
    trained(inputs).sum().backward()
    alone = network()
    alone(inputs).sum().backward()
    for parameter, other in zip(trained.parameters(), alone.parameters(), strict=True):
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, other.grad)


def test_a_copy_of_a_network_under_rmsprop_has_weights_of_its_own() -> None:
    trained = network()
    optimizer = OptimizerSettings("rmsprop", 0.01).build(trained)
    kept = copy.deepcopy(trained)
    before = [parameter.detach().clone() for parameter in kept.parameters()]
    train(trained, optimizer, 3)
    assert all(torch.equal(now, then) for now, then in zip(kept.parameters(), before, strict=True))


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


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_a_parameter_without_a_gradient_stays_as_it_is_and_its_first_step_is_a_first_one(name: str) -> None:
    """So it is with a growing network's layers, which take part only later."""
    late, other = nn.Linear(1, 1, bias=False).double(), nn.Linear(1, 1, bias=False).double()
    both = nn.ModuleList([late, other])
    alone = copy.deepcopy(late)
    optimizer, single = (OptimizerSettings(name, 0.01).build(network) for network in (both, alone))
    for _ in range(3):
        other.weight.grad = torch.ones_like(other.weight)
        optimizer.step()
    assert torch.equal(late.weight, alone.weight)
    late.weight.grad = alone.weight.grad = torch.ones_like(late.weight)
    optimizer.step()
    single.step()
    assert torch.equal(late.weight, alone.weight)


@pytest.mark.parametrize("name", ["rmsprop", "adam", "adamw", "sgd"])
def test_the_learning_rate_may_be_set_anew(name: str) -> None:
    trained = network()
    optimizer = OptimizerSettings(name, 0.01).build(trained)
    train(trained, optimizer, 2)
    before = [parameter.detach().clone() for parameter in trained.parameters()]
    optimizer.lr = 0.0
    after = train(trained, optimizer, 2)
    assert all(torch.equal(now, then) for now, then in zip(after, before, strict=True))
