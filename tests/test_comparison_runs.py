"""The comparison's runs: which there are, training, files, interruption, divergence; their figures by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from saddle.comparison import resuming
from saddle.comparison.cells import Cell, full_batch_cells, optimizer_cells
from saddle.comparison.resuming import trained_runs
from saddle.comparison.runs import TrainedRun, find_run, load_run, load_runs, save_run, save_runs
from saddle.comparison.training import run_mark, train_cell
from saddle.config import Settings, load_settings
from saddle.errors import UserError
from saddle.experiments.points.training import train_points
from saddle.metrics.points.comparison import (
    COMPARED,
    FIGURES,
    MeasuredRun,
    censored_summary,
    measured,
    summarize,
    summary,
)
from saddle.metrics.points.measuring import PointsProtocol, measure_generator, w2_over_time
from saddle.metrics.shared.student import student_interval
from saddle.training.checkpoints import Checkpoints

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


def test_a_summary_says_what_is_unknown() -> None:
    assert summary([]) == {"median": None, "mean": None, "std": None, "n": 0, "runs": []}
    assert summary([4.0]) == {"median": 4.0, "mean": 4.0, "std": None, "n": 1, "runs": [4.0]}
    assert summary([1.0, None, 3.0, 8.0]) == {
        "median": 3.0,
        "mean": 4.0,
        "std": pytest.approx(13**0.5, rel=1e-5),
        "n": 3,
        "runs": [1.0, None, 3.0, 8.0],
    }


def test_runs_that_never_fit_are_censored_and_not_left_out() -> None:
    fast = censored_summary([20.0, 20.0, 30.0, 40.0, None])
    assert (fast["median"], fast["n"], fast["runs"][-1]) == (30, 4, None)
    assert fast["mean"] is None  # it would need to know when the fifth would have fitted
    assert fast["std"] is None
    assert censored_summary([20.0, None, None])["median"] is None
    assert censored_summary([20.0, None])["median"] is None
    assert censored_summary([20.0, 30.0])["std"] == pytest.approx(50**0.5, rel=1e-5)


def run_of(seed: int, final: float = 0.1, *, fits: float | None = 10.0, diverged: bool = False) -> MeasuredRun:
    figures: dict[str, float | None] = dict.fromkeys((*FIGURES, "epochs_to_fit"), final)
    figures["epochs_to_fit"] = fits
    if diverged:
        figures = dict.fromkeys(figures)
    return MeasuredRun("gan", "adam", seed, [], [], figures, diverged)


def test_a_diverged_run_is_counted_spoils_no_mean_and_keeps_its_place() -> None:
    cell = summarize([run_of(2, 0.3), run_of(0, 0.1), run_of(1, diverged=True)])["gan"]["adam"]
    assert cell["seeds"] == [0, 1, 2]
    assert cell["w2_ratio"]["runs"] == [0.1, None, 0.3]
    assert cell["w2_ratio"]["mean"] == pytest.approx(0.2)
    assert (cell["diverged"], cell["never_fitted"]) == (1, 0)
    assert cell["epochs_to_fit"]["runs"] == [10, None, 10]
    json.dumps(cell, allow_nan=False)


def test_a_cell_of_runs_that_never_fit_or_diverged_has_no_figures() -> None:
    never = summarize([run_of(0, fits=None), run_of(1, fits=None)])["gan"]["adam"]
    assert never["never_fitted"] == 2
    assert never["epochs_to_fit"]["median"] is None
    lost = summarize([run_of(0, diverged=True), run_of(1, diverged=True)])["gan"]["adam"]
    assert (lost["diverged"], lost["never_fitted"]) == (2, 0)
    assert lost["w2_ratio"] == {"median": None, "mean": None, "std": None, "n": 0, "runs": [None, None]}


def test_a_row_of_a_diverged_run_has_no_figures() -> None:
    row = run_of(0, diverged=True).row(FLOOR)
    assert row["diverged"]
    assert all(row[name] is None for name in (*FIGURES, "epochs_to_fit"))
    assert row["w2_floor"] == FLOOR


def test_cells_are_all_combinations_once_with_the_longest_first(settings: Settings) -> None:
    listed = optimizer_cells(settings)
    assert len(listed) == len(set(listed)) == 3 * 3 * 2
    assert listed[0].variant == "wgan_gp"


def test_the_projects_own_comparison_has_30_runs_and_the_full_one_51() -> None:
    settings = load_settings(ROOT / "params.yaml")
    listed = optimizer_cells(settings)
    assert len(listed) == len(set(listed)) == 3 * (5 + 3 + 2)
    assert len(optimizer_cells(settings.model_copy(update={"scale": "full"}))) == 3 * (10 + 5 + 2)
    assert {cell.seed for cell in listed if cell.optimizer == "sgd"} == {0, 1}


def test_report_1_trains_each_variant_with_its_own_optimizer(settings: Settings) -> None:
    listed = full_batch_cells(settings.under("full_batch"))
    assert {(cell.variant, cell.optimizer) for cell in listed} == {
        ("gan", "adam"),
        ("wgan", "rmsprop"),
        ("wgan_gp", "rmsprop"),
    }
    assert len(listed) == 3 * 2


def test_a_cell_is_the_same_run_as_the_single_one_and_survives_its_files(settings: Settings, tmp_path: Path) -> None:
    cell = Cell("gan", "adam", 1)
    run = train_cell(settings, TRAIN, len(TEST), None, cell)
    single = train_points(settings.model_copy(update={"seed": 1}), "gan", "adam", TRAIN, len(TEST), quiet=True)
    assert np.array_equal(run.samples, np.stack(single.snapshots.samples))
    model, samples = tmp_path / "run.safetensors", tmp_path / "run.npz"
    save_run(model, samples, run)
    stored = load_run(model, samples, cell)
    assert np.array_equal(stored.samples, run.samples)
    assert measured(TEST, PROTOCOL, FLOOR, stored) == measured(TEST, PROTOCOL, FLOOR, run)
    for damaged in (model, samples):
        content = damaged.read_bytes()
        damaged.write_bytes(content[:-30])
        assert find_run(model, samples, cell) is None
        with pytest.raises(UserError, match=damaged.name):
            load_run(model, samples, cell)
        damaged.write_bytes(content)


def test_a_run_is_measured_by_its_snapshots_and_by_draws_of_its_generator(settings: Settings) -> None:
    run = train_cell(settings, TRAIN, len(TEST), None, Cell("wgan", "sgd", 3))
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
    recipe = settings.points.recipes.minibatch.model_copy(update={"lr": 1e30})
    recipes = settings.points.recipes.model_copy(update={"minibatch": recipe})
    wild = settings.model_copy(update={"points": settings.points.model_copy(update={"recipes": recipes})})
    cell = Cell("gan", "sgd", 0)
    save_run(tmp_path / "no.safetensors", tmp_path / "run.npz", train_cell(wild, TRAIN, len(TEST), None, cell))
    assert not (tmp_path / "no.safetensors").exists()
    run = load_run(tmp_path / "no.safetensors", tmp_path / "run.npz", cell)
    assert run.diverged
    assert measured(TEST, PROTOCOL, FLOOR, run).diverged
    assert set(measured(TEST, PROTOCOL, FLOOR, run).figures.values()) == {None}


def test_a_cell_that_an_error_stopped_goes_on_and_one_that_ended_leaves_no_checkpoint(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update={"checkpoint_seconds": 0.0})
    cell = Cell("gan", "rmsprop", 0)
    whole = train_cell(settings, TRAIN, len(TEST), None, cell)
    write, written = Checkpoints.write_if_due, []

    def until_the_disk_is_full(self: Checkpoints, content: Any) -> None:
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(self.path)
        write(self, content)

    monkeypatch.setattr(Checkpoints, "write_if_due", until_the_disk_is_full)
    with pytest.raises(OSError, match="No space left"):
        train_cell(settings, TRAIN, len(TEST), tmp_path, cell)
    assert written[-1].is_file()
    monkeypatch.setattr(Checkpoints, "write_if_due", write)
    again = train_cell(settings, TRAIN, len(TEST), tmp_path, cell)
    assert np.array_equal(again.samples, whole.samples)
    assert list(tmp_path.glob("*.pt")) == []


def test_the_mark_follows_settings_and_data(settings: Settings) -> None:
    cell = Cell("gan", "adam", 0)
    mark = run_mark(settings, TRAIN, 30, cell)
    assert mark == run_mark(settings, TRAIN.copy(), 30, cell)
    assert mark != run_mark(settings, TRAIN, 30, Cell("gan", "adam", 1))
    assert mark != run_mark(settings, TRAIN + 1e-9, 30, cell)
    assert mark != run_mark(settings, TRAIN, 29, cell)
    assert mark != run_mark(settings.model_copy(update={"precision": "bf16"}), TRAIN, 30, cell)


def test_an_interrupted_comparison_trains_only_what_is_missing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, waiting = optimizer_cells(settings), tmp_path / "waiting"
    trained: list[Cell] = []
    stops_after = 5

    def in_this_process(work: Any, missing: list[Cell], *_: object, **__: object) -> Any:
        for cell in missing:
            if len(trained) == stops_after:
                raise KeyboardInterrupt
            trained.append(cell)
            yield TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))

    monkeypatch.setattr(resuming, "results", in_this_process)
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
