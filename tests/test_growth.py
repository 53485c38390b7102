"""Progressive growing on the common loop: the plan, the average, resumption."""

import io
from typing import Any, cast

import pytest
import torch

from saddle.config import Settings
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.progan import GrowingNetwork, GrowthPlan, ProGANDiscriminator, ProGANGenerator, build_pair
from saddle.training.batches import TrainingData
from saddle.training.constraints import GradientPenalty
from saddle.training.loop import Method, adversarial_steps
from saddle.training.objectives import OBJECTIVES, Wasserstein
from saddle.training.optimizers import OptimizerSettings
from saddle.training.state import TrainingState

MAPS: dict[str, Any] = {"resolution": 16, "channels": 1, "fmaps_base": 32, "fmaps_max": 4}
PLAN = GrowthPlan(10, (2.0, 2.0, 2.0), (2.0, 2.0))
METHOD = Method(
    OBJECTIVES["wasserstein_drift"],
    GradientPenalty(10.0),
    before_step=lambda state: PLAN.apply(state.step, state.networks),
)
DATA = TrainingData(torch.randn(20, 1, 16, 16, generator=torch.Generator().manual_seed(0)), 4)


def level(state: TrainingState) -> float:
    return cast(GrowingNetwork, state.generator).level


def new_state(ema_decay: float | None = 0.9) -> TrainingState:
    adam = OptimizerSettings("adam", 1e-3, (0.0, 0.99))
    return TrainingState.new(
        initialized(ProGANGenerator, 0, "g", latent_dim=4, **MAPS),
        initialized(ProGANDiscriminator, 0, "d", **MAPS),
        adam,
        seed=0,
        device=torch.device("cpu"),
        ema_decay=ema_decay,
    )


def run(state: TrainingState, steps: int) -> TrainingState:
    for _ in adversarial_steps(state, DATA, METHOD, steps):
        pass
    return state


def test_levels_rest_and_fall_in_turn() -> None:
    assert [PLAN.lod(step) for step in range(11)] == [2, 2, 2, 1.5, 1, 1, 1, 0.5, 0, 0, 0]


def test_networks_grow_as_planned() -> None:
    state = new_state()
    levels = []
    for _ in adversarial_steps(state, DATA, METHOD, 10):
        levels.append(level(state))
        assert state.ema is not None
        assert state.ema.level == state.discriminator.level == levels[-1]  # type: ignore[union-attr]
    assert levels == [PLAN.lod(step) for step in range(10)]


def test_the_average_follows_the_generator_by_the_formula() -> None:
    state = new_state()
    assert state.ema is not None
    before = [parameter.clone() for parameter in state.ema.parameters()]
    run(state, 1)
    for old, mean, now in zip(before, state.ema.parameters(), state.generator.parameters(), strict=True):
        torch.testing.assert_close(mean, 0.9 * old + 0.1 * now)
    assert state.shown is state.ema


def test_a_run_restored_while_fading_ends_bit_for_bit_alike() -> None:
    whole = run(new_state(), 8)
    file = io.BytesIO()
    torch.save(run(new_state(), 3).state_dict(), file)
    file.seek(0)
    resumed = new_state()
    resumed.load_state_dict(torch.load(file, weights_only=True))
    run(resumed, 8)
    assert whole.ema is not None
    assert resumed.ema is not None
    for name, value in whole.ema.state_dict().items():
        assert torch.equal(value, resumed.ema.state_dict()[name]), name


def test_a_plan_for_another_resolution_is_named(settings: Settings) -> None:
    variant = settings.images.variant("progan").model_copy(update={"img_size": 16})
    with pytest.raises(UserError, match=r"images.variants.mine.networks.stabilize has 4 entries; its img_size asks"):
        build_pair(variant, steps=10, seed=0, name="mine")


def test_drift_is_the_papers_term() -> None:
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0])
    plain = Wasserstein().discriminator_loss(real, fake)
    drifting = OBJECTIVES["wasserstein_drift"].discriminator_loss(real, fake)
    assert (drifting - plain).item() == pytest.approx(0.001 * 5.0, abs=1e-6)
