"""What runs over seeds tell about the metrics of the points variants: by the comparisons of optimizers, run by run."""

import io
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from saddle.reporting.directions import own_name, word_for_null
from saddle.reporting.metrics import Judge
from saddle.reporting.noise import Chance, one_more_seed, seeds_differ
from saddle.reporting.states import METRICS, PLOTS, State

POINTS = f"{METRICS}points/"
# Comparisons by their names: metrics/NAME.json sums up what plots/NAME/runs.csv has run by run.
OPTIMIZERS = "optimizers"
FULL_BATCH = "full_batch"

Tables = Mapping[str, pd.DataFrame]


def read_runs(state: State) -> dict[str, pd.DataFrame]:
    """The runs of the comparisons of `state`, a row each, by the comparison's name."""
    paths = {name: f"{PLOTS}{name}/runs.csv" for name in (OPTIMIZERS, FULL_BATCH)}
    return {name: pd.read_csv(io.BytesIO(state.read(path))) for name, path in paths.items() if path in state.blobs}


def judge_of(before: Tables, after: Tables, params: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Judge:
    """What judges the metrics of the comparisons, and of single runs by the runs of the base at the base's settings.

    params: by their dotted names, before and after.
    """

    def judge(file: str, metric: str, old: float, new: float) -> Chance | None:
        step = max(_snapshot_every(state, file) for state in params) if own_name(metric) == "epochs_to_fit" else 0.0
        if file.startswith(POINTS):
            variant = file.removeprefix(POINTS).removesuffix(".json")
            runs = _runs(before.get(OPTIMIZERS), variant, _optimizer(params[0], variant), metric)
            return one_more_seed(metric, runs, old, new, step)
        if abs(new - old) <= step:
            return one_more_seed(metric, [], old, new, step)
        comparison, parts = file.removeprefix(METRICS).removesuffix(".json"), metric.split(".")
        if len(parts) != 3:
            return None
        return seeds_differ(parts[2], *(_runs(tables.get(comparison), *parts) for tables in (before, after)))

    return judge


def _runs(table: pd.DataFrame | None, variant: str, optimizer: object, metric: str) -> list[float]:
    """A metric in all runs of a variant with an optimizer, infinite where it was never reached."""
    if table is None or metric not in table or table[metric].dtype == bool:
        return []
    values = table[metric][(table["variant"] == variant) & (table["optimizer"] == optimizer)]
    return values.fillna(math.inf).tolist() if word_for_null(metric) else values.dropna().tolist()


def _snapshot_every(params: Mapping[str, Any], file: str) -> float:
    """How many epochs lie between two snapshots of the points variants; 0 if the parameters do not say."""
    recipe = "full_batch" if file == f"{METRICS}{FULL_BATCH}.json" else params.get("points.recipe")
    every = params.get(f"points.recipes.{recipe}.snapshot_every")
    return float(every) if isinstance(every, int | float) else 0.0


def _optimizer(params: Mapping[str, Any], variant: str) -> object:
    """What trained a points variant: its own optimizer, or the one that all share."""
    own = params.get(f"points.variants.{variant}.{params.get('points.recipe')}.optimizer")
    return own or params.get("optimizer")
