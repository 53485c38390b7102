"""The optimizers by name: which they are, their betas by hand, and their rate."""

from typing import Any

import pytest
import torch
from torch import nn, optim

from saddle.training.optimizers import OptimizerSettings


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
    ("name", "reference", "betas"),
    [
        ("rmsprop", optim.RMSprop, ()),
        ("adam", optim.Adam, ()),
        ("adam", optim.Adam, ((0.5, 0.9),)),
        ("adamw", optim.AdamW, ((0.5, 0.9),)),
        ("sgd", optim.SGD, ()),
    ],
)
def test_steps_are_pytorchs_with_its_defaults_but_for_the_betas(name: str, reference: Any, betas: Any) -> None:
    ours, theirs = network(), network()
    expected = train(theirs, reference(theirs.parameters(), 0.01, *betas), 20)
    built = OptimizerSettings(name, 0.01, *betas).build(ours)
    torch.testing.assert_close(train(ours, built, 20), expected, rtol=0, atol=1e-12)
