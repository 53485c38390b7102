"""The charts of dvc.yaml: each compares like with like, and none leaves a variant out."""

from pathlib import Path

import pytest
import yaml

from saddle.training.fit import COLUMNS
from saddle.training.objectives import OBJECTIVES

ROOT = Path(__file__).resolve().parents[1]
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
CHARTS = {name: chart for entry in PIPELINE["plots"] if isinstance(entry, dict) for name, chart in entry.items()}
GROUPS = ("points", "images")

LOSSES = {"d_loss", "g_loss"}
SCORES = {"d_real", "d_fake"}


def lines(name: str) -> dict[str, set[str]]:
    """What a chart draws: of each variant, the columns."""
    y = CHARTS[name]["y"]
    return {
        Path(path).parent.name: {columns} if isinstance(columns, str) else set(columns) for path, columns in y.items()
    }


def group_of(name: str) -> str:
    return name.split("/")[0]


def is_probability(group: str, variant: str) -> bool:
    """Whether a variant's discriminator says a probability, and its losses are cross-entropies; else it is a critic."""
    variants = PARAMS["points"]["recipes"]["minibatch"]["variants"] if group == "points" else PARAMS[group]["variants"]
    return OBJECTIVES[variants[variant]["objective"]].score.is_probability


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_what_a_stage_writes_for_a_variant(name: str) -> None:
    group = group_of(name)
    outputs = {
        next(iter(out)) if isinstance(out, dict) else out
        for stage in PIPELINE["stages"].values()
        for out in stage.get("do", stage).get("outs", [])
    }
    for path in CHARTS[name]["y"]:
        variant = Path(path).parent.name
        assert variant in PARAMS[group]["variants"]
        assert path == f"plots/{group}/{variant}/{Path(path).name}"
        assert {f"plots/{group}/${{{each}}}/{Path(path).name}" for each in ("key", "item")} & outputs
        if Path(path).name == "training.csv":
            assert lines(name)[variant] <= set(COLUMNS)


@pytest.mark.parametrize("group", GROUPS)
def test_every_variant_is_in_a_chart_of_each_kind(group: str) -> None:
    """But for the loss of a generator against a critic: the same as D(G(z)) with the other sign."""
    wanted = LOSSES | SCORES | ({"sample_w2"} if group == "points" else set())
    drawn = [
        (variant, column)
        for name in CHARTS
        if group_of(name) == group
        for variant, columns in lines(name).items()
        for column in columns
    ]
    assert sorted(drawn) == sorted(
        (variant, column)
        for variant in PARAMS[group]["variants"]
        for column in wanted - (set() if is_probability(group, variant) else {"g_loss"})
    )
