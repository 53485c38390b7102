"""Losses against values computed by hand."""

import json
import math

import pytest
import torch

from saddle.core.score import Score
from saddle.training.objectives import OBJECTIVES

REAL = torch.tensor([0.0, math.log(3)])  # D = 1/2, 3/4
FAKE = torch.tensor([0.0, -math.log(3)])  # D = 1/2, 1/4


def test_gan_discriminator_loss_is_minus_the_mean_log_likelihood() -> None:
    expected = -(math.log(1 / 2) + math.log(3 / 4)) / 2 - (math.log(1 / 2) + math.log(3 / 4)) / 2
    for name in ("minimax", "non_saturating"):
        assert OBJECTIVES[name].discriminator_loss(REAL, FAKE).item() == pytest.approx(expected)
    assert OBJECTIVES["halved_non_saturating"].discriminator_loss(REAL, FAKE).item() == pytest.approx(expected / 2)


def test_minimax_generator_minimizes_log_one_minus_d() -> None:
    expected = (math.log(1 / 2) + math.log(3 / 4)) / 2
    assert OBJECTIVES["minimax"].generator_loss(FAKE).item() == pytest.approx(expected)


def test_non_saturating_generator_maximizes_log_d() -> None:
    expected = -(math.log(1 / 2) + math.log(1 / 4)) / 2
    assert OBJECTIVES["non_saturating"].generator_loss(FAKE).item() == pytest.approx(expected)


def test_wasserstein_losses_are_differences_of_means() -> None:
    wasserstein = OBJECTIVES["wasserstein"]
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 0.0])
    assert wasserstein.discriminator_loss(real, fake).item() == pytest.approx(-0.5 - 2.0)
    assert wasserstein.generator_loss(fake).item() == pytest.approx(0.5)


def test_hinge_losses_stop_at_the_margin() -> None:
    hinge = OBJECTIVES["hinge"]
    real = torch.tensor([0.5, 3.0], requires_grad=True)
    fake = torch.tensor([-0.5, -2.0], requires_grad=True)
    loss = hinge.discriminator_loss(real, fake)
    assert loss.item() == pytest.approx(0.25 + 0.25)
    loss.backward()
    assert real.grad is not None
    assert fake.grad is not None
    assert real.grad.tolist() == [-0.5, 0.0]
    assert fake.grad.tolist() == [0.5, 0.0]
    assert hinge.generator_loss(fake).item() == pytest.approx(1.25)


def test_wasserstein_differs_from_r1_by_a_constant() -> None:
    real, fake = torch.randn(7), torch.randn(7)
    r1 = -(real + 1 - fake).mean()
    assert (OBJECTIVES["wasserstein"].discriminator_loss(real, fake) - r1).item() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", ["minimax", "non_saturating", "halved_non_saturating"])
@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_gan_losses_and_gradients_stay_finite_for_a_discriminator_that_is_sure(name: str, logit: float) -> None:
    logits = torch.full((3,), logit, requires_grad=True)
    objective = OBJECTIVES[name]
    loss = objective.discriminator_loss(logits, logits) + objective.generator_loss(logits)
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_scores_are_probabilities_for_gans_and_critic_values_for_wgans() -> None:
    assert OBJECTIVES["minimax"].score(REAL).tolist() == pytest.approx([0.5, 0.75])
    assert OBJECTIVES["wasserstein"].score(FAKE) is FAKE


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_score_survives_files(name: str) -> None:
    score = OBJECTIVES[name].score
    assert Score.of_facts(json.loads(json.dumps(score.facts())), "model") == score
    assert tuple(score.arrays()) == ("score_name", "score_is_probability", "score_equilibrium")


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_equilibrium_is_where_the_score_of_a_discriminator_that_knows_nothing_lies(name: str) -> None:
    score = OBJECTIVES[name].score
    if score.is_probability:
        assert score(torch.zeros(1)).item() == score.equilibrium
