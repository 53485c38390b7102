"""The page of metrics: it has all of them, and its known answers are what the code gives."""

import importlib
import json
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT

from saddle.reference.known import GROUPS
from saddle.reference.metrics import KnownAnswer, Metric, docstring, metrics_page
from saddle.reporting.directions import DIRECTIONS

METRICS = [metric for group in GROUPS for metric in group.metrics]
ANSWERS = [(metric, answer) for metric in METRICS for answer in metric.answers]
PAGE = metrics_page(GROUPS)


@pytest.mark.parametrize(("metric", "answer"), ANSWERS, ids=[f"{m.names[0]}: {a.says}" for m, a in ANSWERS])
def test_a_known_answer_is_what_the_code_gives(metric: Metric, answer: KnownAnswer) -> None:
    names: dict[str, Any] = {**vars(importlib.import_module(metric.module)), "np": np, "torch": torch}
    assert float(eval(answer.expression, names)) == pytest.approx(answer.value, rel=1e-5, abs=1e-6)


def test_every_metric_of_the_pipeline_is_told() -> None:
    told = {name for metric in METRICS for name in metric.names}
    files = [*(ROOT / "metrics/points").iterdir(), *(ROOT / "metrics/mnist").iterdir()]
    figures = {name for path in files if path.stem != "classifier" for name in json.loads(path.read_text())}
    assert figures - {"dataset"} <= told
    # Counts of the comparison, and the classifier's own figure, which say themselves what they are.
    assert DIRECTIONS.keys() - {"diverged", "never_fitted", "test_accuracy"} <= told


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.names[0])
def test_the_docstring_is_that_of_the_function(metric: Metric) -> None:
    found: Any = importlib.import_module(metric.module)
    for name in metric.function.split("."):
        found = getattr(found, name)
    assert docstring(metric.module, metric.function).split() == found.__doc__.split()


def test_the_page_shows_signs_as_they_are() -> None:
    assert "P_ij |a_i - b_j|^2" in PAGE
    assert "<code>w2([[0, 0], [2, 1]], [[3, 4], [5, 5]])</code></td><td>5</td>" in PAGE
    assert "### `w2` ↓ { #w2 }" in PAGE
    assert "<math" in PAGE
