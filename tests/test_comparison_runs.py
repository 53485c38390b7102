"""The comparison's runs: which there are, training, files, interruption, divergence; their figures by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from saddle.config import Settings, load_settings
from saddle.errors import UserError
from saddle.experiments.points import train_points
from saddle.metrics.points.measuring import PointsProtocol, measure_generator, w2_over_time
from saddle.metrics.shared.student import student_interval
from saddle.sweep import training
from saddle.sweep.measuring import COMPARED, FIGURES, MeasuredRun, measured, summarize
from saddle.sweep.runs import (
    Cell,
    TrainedRun,
    cells_of,
    load_run,
    load_runs,
    save_run,
    save_runs,
    settings_of_comparison,
)
from saddle.sweep.training import train_cell, trained_runs

PROTOCOL = PointsProtocol(draws=2, max_points=30, projections=4, neighbours=2, fit_threshold=2.0, floor_error=0.5)
RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.normal(size=(200, 2)), RNG.normal(size=(30, 2))
FLOOR = 0.1


def test_interval_is_students() -> None:
    result = student_interval([1.0, 2.0, 3.0])
    # t(0.975, 2) = 4.30265; the standard error is 1 / sqrt(3).
    assert (result.mean, result.std, result.n) == (2, 1, 3)
    assert result.low == pytest.approx(2 - 4.30265 / 3**0.5, abs=1e-4)
    assert result.high == pytest.approx(2 + 4.30265 / 3**0.5, abs=1e-4)


def run_of(seed: int, final: float = 0.1, *, fits: float | None = 10.0, diverged: bool = False) -> MeasuredRun:
    figures: dict[str, float | None] = dict.fromkeys((*FIGURES, "epochs_to_fit"), final)
    figures["epochs_to_fit"] = fits
    if diverged:
        figures = dict.fromkeys(figures)
    return MeasuredRun("gan", "adam", seed, [], [], figures, diverged)


def test_a_summary_is_the_median_in_which_the_worst_counts() -> None:
    table = summarize([run_of(2, 0.3), run_of(0, 0.1, fits=20.0), run_of(1, 0.2, fits=None)])
    assert table == {"gan": {"adam": {"w2_ratio": 0.2, "epochs_to_fit": 20, "stability": 0.2}}}
    most_lost = summarize([run_of(0, 0.1), run_of(1, diverged=True), run_of(2, diverged=True)])
    assert set(most_lost["gan"]["adam"].values()) == {None}
    assert summarize([run_of(0, fits=20.0), run_of(1, fits=None)])["gan"]["adam"]["epochs_to_fit"] is None
    json.dumps(most_lost, allow_nan=False)


def test_the_projects_own_comparison_has_30_runs_and_the_full_one_51() -> None:
    settings = load_settings(ROOT / "params.yaml")
    listed = cells_of(settings, "optimizers")
    assert len(listed) == len(set(listed)) == 3 * (5 + 3 + 2)
    assert len(cells_of(settings.model_copy(update={"scale": "full"}), "optimizers")) == 3 * (10 + 5 + 2)
    assert {cell.seed for cell in listed if cell.optimizer == "sgd"} == {0, 1}


def test_the_longest_runs_come_first(settings: Settings) -> None:
    recipe = settings.points.chosen_recipe()
    recipe.variants["slow"] = recipe.variants["wgan"].model_copy(update={"critic_steps": 5})
    assert cells_of(settings, "optimizers")[0].variant == "slow"


def test_report_1_trains_each_variant_with_its_own_optimizer(settings: Settings) -> None:
    own = settings_of_comparison(settings, "full_batch")
    assert {(cell.variant, cell.optimizer, cell.seed) for cell in cells_of(own, "full_batch")} == {
        (variant, "adam" if variant == "gan" else "rmsprop", seed)
        for variant in ("gan", "wgan", "wgan_gp", "wgan_free")
        for seed in (0, 1)
    }
    variants = own.points.chosen_recipe().variants
    variants["gan"] = variants["gan"].model_copy(update={"optimizer": None})
    with pytest.raises(UserError, match=r"points.recipes.full_batch.variants.gan.optimizer is null; R1's comparison"):
        cells_of(own, "full_batch")


def test_a_cell_is_the_same_run_as_the_single_one_and_survives_its_files(settings: Settings, tmp_path: Path) -> None:
    cell = Cell("gan", "adam", 1)
    run = train_cell(settings, TRAIN, len(TEST), cell)
    single = train_points(settings.model_copy(update={"seed": 1}), "gan", "adam", TRAIN, len(TEST), quiet=True)
    assert np.array_equal(run.samples, np.stack(single.snapshots.seen["samples"]))
    model, samples = tmp_path / "run.safetensors", tmp_path / "run.npz"
    save_run(model, samples, run)
    stored = load_run(model, samples, cell)
    assert np.array_equal(stored.samples, run.samples)
    assert measured(TEST, PROTOCOL, FLOOR, stored) == measured(TEST, PROTOCOL, FLOOR, run)


def test_a_run_is_measured_by_its_snapshots_and_by_draws_of_its_generator(settings: Settings) -> None:
    run = train_cell(settings, TRAIN, len(TEST), Cell("wgan", "sgd", 3))
    result = measured(TEST, PROTOCOL, FLOOR, run)
    assert run.generator is not None
    assert result.w2_over_time == w2_over_time(list(run.samples), TEST, PROTOCOL)
    final = measure_generator(run.generator, TEST, PROTOCOL, 3)
    assert {name: result.figures[name] for name in COMPARED} == {name: final[name] for name in COMPARED}
    assert result.figures["w2_ratio"] == pytest.approx(final["w2"] / FLOOR)
    start = result.w2_over_time[0]
    assert result.figures["progress"] == pytest.approx((start - final["w2"]) / (start - FLOOR))
    assert (result.variant, result.optimizer, result.seed, result.diverged) == ("wgan", "sgd", 3, False)


def test_a_run_that_diverges_is_a_result(settings: Settings, tmp_path: Path) -> None:
    recipe = settings.points.chosen_recipe().model_copy(update={"lr": 1e30})
    points = settings.points.model_copy(update={"recipes": {**settings.points.recipes, "minibatch": recipe}})
    wild = settings.model_copy(update={"points": points})
    cell = Cell("gan", "sgd", 0)
    save_run(tmp_path / "no.safetensors", tmp_path / "run.npz", train_cell(wild, TRAIN, len(TEST), cell))
    assert not (tmp_path / "no.safetensors").exists()
    run = load_run(tmp_path / "no.safetensors", tmp_path / "run.npz", cell)
    assert run.generator is None
    assert measured(TEST, PROTOCOL, FLOOR, run).diverged
    assert set(measured(TEST, PROTOCOL, FLOOR, run).figures.values()) == {None}


def test_an_interrupted_comparison_trains_only_what_is_missing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, waiting = cells_of(settings, "optimizers"), tmp_path / "waiting"
    trained: list[Cell] = []
    stops_after = 5

    def in_this_process(work: Any, missing: list[Cell], *_: object, **__: object) -> Any:
        for cell in missing:
            if len(trained) == stops_after:
                raise KeyboardInterrupt
            trained.append(cell)
            yield TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))

    monkeypatch.setattr(training, "results", in_this_process)
    with pytest.raises(KeyboardInterrupt):
        trained_runs(settings, wanted, TRAIN, len(TEST), waiting)
    stops_after = 100
    runs = trained_runs(settings, wanted, TRAIN, len(TEST), waiting)
    assert [run.cell for run in runs] == wanted
    assert sorted(trained) == sorted(wanted)
    save_runs(tmp_path / "models", tmp_path / "samples", runs)
    assert list((tmp_path / "models").iterdir()) == []  # all of these diverged; DVC expects the folder
    assert {path.stem for path in (tmp_path / "samples").iterdir()} == {cell.name for cell in wanted}
    assert [run.cell for run in load_runs(tmp_path / "models", tmp_path / "samples", wanted)] == wanted
