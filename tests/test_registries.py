"""What params.yaml may name is just what there is."""

from typing import Any, get_args

import pytest
import torch

from saddle import config
from saddle.core.model_file import kind, kinds
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.mlp import ACTIVATIONS
from saddle.training.constraints import CONSTRAINTS, build_constraint
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import DECAYS, OPTIMIZERS


def tags(union: Any) -> set[str]:
    """The `kind` of each member of a union of settings."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["kind"].annotation)[0] for member in members}


def test_allowed_names_are_the_registries() -> None:
    assert set(get_args(config.Objective)) == set(OBJECTIVES)
    assert set(get_args(config.Optimizer)) == set(OPTIMIZERS)
    assert tags(config.ConstraintSettings) == set(CONSTRAINTS)
    assert set(get_args(config.MLPSettings.model_fields["activation"].annotation)) == set(ACTIVATIONS)
    assert set(get_args(config.Updates.model_fields["lr_decay"].annotation)) == set(DECAYS)
    assert tags(config.Networks) == {name for name in kinds() if hasattr(kind(name), "build_pair")}


def test_every_kind_names_its_networks() -> None:
    for name in kinds():
        networks = kind(name).NETWORKS
        assert networks
        assert {network.kind for network in networks.values()} == {name}


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(
        UserError,
        match="unknown kind of network 'convolutions'; known: classifier, compact, dcgan, dcgan_tutorial, mlp",
    ):
        kind("convolutions")


def test_a_constraint_that_asks_for_nothing_changes_nothing() -> None:
    critic = initialized(kind("mlp").NETWORKS["discriminator"], 0, "test", sample_shape=(2,), hidden=[4])
    before = [parameter.clone() for parameter in critic.parameters()]
    constraint = build_constraint("none")
    assert not constraint.due(0)
    constraint.project(critic)
    assert all(torch.equal(*pair) for pair in zip(before, critic.parameters(), strict=True))
