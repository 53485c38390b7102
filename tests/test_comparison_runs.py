"""The comparison's runs: which there are, training, files, interruption, divergence; their figures by hand."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saddle.comparison.cells import Cell, cells
from saddle.comparison.runs import TrainedRun, find_run, load_run, save_run
from saddle.comparison.training import run_mark, train_cell
from saddle.config import Settings
from saddle.errors import UserError
from saddle.experiments.points.training import train_points
from saddle.files import write_arrays
from saddle.metrics.points.comparison import MeasuredRun, interval, measured, summarize
from saddle.metrics.points.measuring import PointsProtocol, w2_of_draws, w2_over_time
from saddle.metrics.shared.student import student_interval
from stages import paths, train_optimizers

PROTOCOL = PointsProtocol(draws=2, max_points=30, projections=4, neighbours=2, fit_threshold=2.0)
RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.normal(size=(200, 2)), RNG.normal(size=(30, 2))


def test_interval_is_students() -> None:
    result = student_interval([1.0, 2.0, 3.0])
    # t(0.975, 2) = 4.30265; the standard error is 1 / sqrt(3).
    assert (result.mean, result.std, result.n) == (2, 1, 3)
    assert result.low == pytest.approx(2 - 4.30265 / 3**0.5, abs=1e-4)
    assert result.high == pytest.approx(2 + 4.30265 / 3**0.5, abs=1e-4)


def test_interval_of_few_values_says_what_is_unknown() -> None:
    assert interval([]) == {"mean": None, "std": None, "low": None, "high": None, "n": 0}
    assert interval([4.0]) == {"mean": 4.0, "std": None, "low": None, "high": None, "n": 1}


def figures_of(seed: int = 0, final: float = 0.1, diverged: bool = False) -> MeasuredRun:
    if diverged:
        return MeasuredRun("gan", "adam", seed, [], [], math.nan, True)
    return MeasuredRun("gan", "adam", seed, [0.0, 10.0, 20.0], [1.0, final, final], final, False)


def test_a_diverged_run_is_counted_and_spoils_no_mean() -> None:
    runs = [figures_of(0), figures_of(1, final=0.12), figures_of(2, diverged=True)]
    table = summarize(runs, floor=0.1, threshold=2.0)
    cell = table["gan"]["adam"]
    assert cell["diverged"] == 1
    assert cell["w2_ratio"]["mean"] == pytest.approx(1.1)
    assert cell["w2_ratio"]["n"] == 2
    assert cell["epochs_to_fit"]["mean"] == 10
    json.dumps(table, allow_nan=False)


def test_runs_that_never_fit_are_counted() -> None:
    cell = summarize([figures_of(final=5.0)], floor=0.1, threshold=2.0)["gan"]["adam"]
    assert cell["never_fitted"] == 1
    assert cell["epochs_to_fit"]["mean"] is None


def test_a_row_of_a_diverged_run_has_no_figures() -> None:
    row = figures_of(diverged=True).row(floor=0.1, threshold=2.0)
    assert row["epochs_to_fit"] is None
    assert row["stability"] is None
    assert math.isnan(row["w2_ratio"])  # type: ignore[arg-type]
    assert row["diverged"]


def test_cells_are_all_combinations_once_with_the_longest_first(settings: Settings) -> None:
    listed = cells(settings)
    assert len(listed) == len(set(listed)) == 3 * 3 * 2
    assert listed[0].variant == "wgan_gp"


def test_a_cell_is_the_same_run_as_the_single_one_and_survives_its_files(settings: Settings, tmp_path: Path) -> None:
    cell = Cell("gan", "adam", 1)
    run = train_cell(settings, TRAIN, len(TEST), cell)
    single = train_points(
        settings.model_copy(update={"optimizer": "adam", "seed": 1}), "gan", TRAIN, len(TEST), quiet=True
    )
    assert np.array_equal(run.samples, np.stack(single.snapshots.samples))
    model, samples = tmp_path / "run.safetensors", tmp_path / "run.npz"
    save_run(model, samples, run)
    stored = load_run(model, samples, cell)
    assert np.array_equal(stored.samples, run.samples)
    assert measured(TEST, PROTOCOL, stored) == measured(TEST, PROTOCOL, run)
    for damaged in (model, samples):
        content = damaged.read_bytes()
        damaged.write_bytes(content[:-30])
        assert find_run(model, samples, cell) is None
        with pytest.raises(UserError, match=damaged.name):
            load_run(model, samples, cell)
        damaged.write_bytes(content)


def test_a_run_is_measured_by_its_snapshots_and_by_draws_of_its_generator(settings: Settings) -> None:
    run = train_cell(settings, TRAIN, len(TEST), Cell("wgan", "sgd", 3))
    result = measured(TEST, PROTOCOL, run)
    assert run.generator is not None
    assert result.w2_over_time == w2_over_time(list(run.samples), TEST, PROTOCOL)
    assert result.w2 == pytest.approx(np.mean(w2_of_draws(run.generator, TEST, PROTOCOL, 3)))
    assert (result.variant, result.optimizer, result.seed, result.diverged) == ("wgan", "sgd", 3, False)


def test_a_run_that_diverges_is_a_result(settings: Settings, tmp_path: Path) -> None:
    recipe = settings.points.recipes.minibatch.model_copy(update={"lr": 1e30})
    recipes = settings.points.recipes.model_copy(update={"minibatch": recipe})
    wild = settings.model_copy(update={"points": settings.points.model_copy(update={"recipes": recipes})})
    cell = Cell("gan", "sgd", 0)
    save_run(tmp_path / "no.safetensors", tmp_path / "run.npz", train_cell(wild, TRAIN, len(TEST), cell))
    assert not (tmp_path / "no.safetensors").exists()
    run = load_run(tmp_path / "no.safetensors", tmp_path / "run.npz", cell)
    assert run.diverged
    assert measured(TEST, PROTOCOL, run).diverged
    assert math.isnan(measured(TEST, PROTOCOL, run).w2)


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
    monkeypatch.chdir(tmp_path)
    write_arrays(paths.PREPARED_POINTS, {"train": TRAIN, "test": TEST})
    monkeypatch.setattr(train_optimizers, "load_settings", lambda: settings)
    trained: list[Cell] = []
    stops_after = 5

    def in_this_process(work: Any, missing: list[Cell], *_: object, **__: object) -> Any:
        for cell in missing:
            if len(trained) == stops_after:
                raise KeyboardInterrupt
            trained.append(cell)
            yield TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))

    monkeypatch.setattr(train_optimizers, "results", in_this_process)
    with pytest.raises(KeyboardInterrupt):
        train_optimizers.main()
    stops_after = 100
    train_optimizers.main()
    assert sorted(trained) == sorted(cells(settings))
    assert not paths.UNFINISHED.exists()
    assert list((paths.DATA / "models/optimizers").iterdir()) == []  # all of these diverged; DVC expects the folder
    assert {path.stem for path in (paths.DATA / "samples/optimizers").iterdir()} == {c.name for c in cells(settings)}
