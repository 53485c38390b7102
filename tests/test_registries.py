"""What params.yaml may name is just what there is."""

from typing import Any, get_args

from saddle.config.networks import ConstraintSettings, MLPSettings, Networks, Updates
from saddle.config.section import Objective, Optimizer
from saddle.core.model_file import kind, kinds
from saddle.networks.mlp import ACTIVATIONS
from saddle.training.constraints import CONSTRAINTS
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import DECAYS, OPTIMIZERS


def tags(union: Any) -> set[str]:
    """The `kind` of each member of a union of settings."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["kind"].annotation)[0] for member in members}


def test_allowed_names_are_the_registries() -> None:
    assert set(get_args(Objective)) == set(OBJECTIVES)
    assert set(get_args(Optimizer)) == set(OPTIMIZERS)
    assert tags(ConstraintSettings) == set(CONSTRAINTS)
    assert set(get_args(MLPSettings.model_fields["activation"].annotation)) == set(ACTIVATIONS)
    assert set(get_args(Updates.model_fields["lr_decay"].annotation)) == set(DECAYS)
    assert tags(Networks) == {name for name in kinds() if hasattr(kind(name), "build_pair")}


def test_every_kind_names_its_networks() -> None:
    for name in kinds():
        networks = kind(name).NETWORKS
        assert networks
        assert {network.kind for network in networks.values()} == {name}
