"""The learning rate over a run: its values by hand, what it sets, and that it follows from the step alone."""

import pytest
import torch

from saddle.core.network import initialized
from saddle.networks.mlp import MLPDiscriminator, MLPGenerator
from saddle.training.optimizers import OptimizerSettings, Schedule
from saddle.training.state import TrainingState


@pytest.mark.parametrize(
    ("decay", "rates"),
    [
        ("none", [0.2, 0.2, 0.2, 0.2]),
        ("linear", [0.2, 0.15, 0.1, 0.05]),
        # (1 + cos(pi / 4)) / 2 = 0.853553..., at a half 0.5, at three quarters 0.146447...
        ("cosine", [0.2, 0.1707107, 0.1, 0.0292893]),
    ],
)
def test_rates_by_hand(decay: str, rates: list[float]) -> None:
    schedule = Schedule(0.2, decay, 4)
    assert [schedule.rate(step) for step in range(4)] == pytest.approx(rates, rel=1e-6)
    assert schedule.rate(4) == pytest.approx(0.2 if decay == "none" else 0.0, abs=1e-15)


def test_no_decay_is_the_very_rate_that_is_set() -> None:
    assert {Schedule(5e-5, "none", 8640).rate(step) for step in range(8640)} == {5e-5}


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "sgd"])
def test_both_networks_get_the_rate_of_the_step_that_comes_next(optimizer: str) -> None:
    networks = (
        initialized(MLPGenerator, 0, "g", latent_dim=2, sample_shape=(2,), hidden=[4]),
        initialized(MLPDiscriminator, 0, "d", sample_shape=(2,), hidden=[4]),
    )
    state = TrainingState.new(*networks, OptimizerSettings(optimizer, 0.2), seed=0, device=torch.device("cpu"))
    state.step = 3
    Schedule(0.2, "linear", 4).apply(state.optimizers, state.step)
    for built in (state.generator_optimizer, state.discriminator_optimizer):
        assert [group["lr"] for group in built.param_groups] == [pytest.approx(0.05)]
