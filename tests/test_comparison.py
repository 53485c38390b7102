"""The comparison: statistics by hand, interruption, divergence, the claims, the README's tables."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saddle.comparison.perform import fingerprint, finished, perform, store_path
from saddle.comparison.runs import Cell, Run, cells, load_run, save_run
from saddle.comparison.statistics import interval, summarize
from saddle.config import Settings
from saddle.metrics.points.measuring import Protocol
from saddle.rendering.comparison.panels import Cloud, Curves, cloud_frames, clouds_at, w2_panels
from saddle.reporting.claims import claims
from stages import train_points

PROTOCOL = Protocol(draws=2, max_points=30, projections=4, neighbours=2, fit_threshold=2.0)
RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.normal(size=(200, 2)), RNG.normal(size=(30, 2))


def test_interval_is_students() -> None:
    result = interval([1.0, 2.0, 3.0])
    # t(0.975, 2) = 4.30265; the standard error is 1 / sqrt(3).
    assert result["mean"] == 2
    assert result["std"] == 1
    assert result["low"] == pytest.approx(2 - 4.30265 / 3**0.5, abs=1e-4)
    assert result["high"] == pytest.approx(2 + 4.30265 / 3**0.5, abs=1e-4)


def test_interval_of_few_values_says_what_is_unknown() -> None:
    assert interval([]) == {"mean": None, "std": None, "low": None, "high": None, "n": 0}
    assert interval([4.0]) == {"mean": 4.0, "std": None, "low": None, "high": None, "n": 1}


def run(optimizer: str = "adam", seed: int = 0, final: float = 0.1, diverged: bool = False) -> Run:
    cell = Cell("gan", optimizer, seed)  # type: ignore[arg-type]
    if diverged:
        return Run(cell, np.empty(0), np.empty(0), np.empty((0, 0, 2), np.float32), float("nan"), True)
    return Run(
        cell, np.array([0.0, 10.0, 20.0]), np.array([1.0, final, final]), np.zeros((3, 5, 2), np.float32), final, False
    )


def test_a_diverged_run_is_counted_and_spoils_no_mean() -> None:
    table = summarize([run(seed=0), run(seed=1, final=0.12), run(seed=2, diverged=True)], floor=0.1, threshold=2.0)
    cell = table["gan"]["adam"]
    assert cell["diverged"] == 1
    assert cell["w2_ratio"]["mean"] == pytest.approx(1.1)
    assert cell["w2_ratio"]["n"] == 2
    assert cell["epochs_to_fit"]["mean"] == 10
    json.dumps(table, allow_nan=False)


def test_runs_that_never_fit_are_counted() -> None:
    cell = summarize([run(final=5.0)], floor=0.1, threshold=2.0)["gan"]["adam"]
    assert cell["never_fitted"] == 1
    assert cell["epochs_to_fit"]["mean"] is None


def test_cells_are_all_combinations_once(settings: Settings) -> None:
    listed = cells(settings)
    assert len(listed) == len(set(listed)) == 3 * 3 * 2
    assert listed[0].variant == "wgan_gp"  # the longest first


def test_a_cell_is_the_same_run_as_the_single_one_and_comes_back_from_the_store(
    settings: Settings, tmp_path: Path
) -> None:
    from saddle.experiments.points.training import train_points

    cell = Cell("gan", "adam", 1)
    result = perform(settings, cell, TRAIN, TEST, PROTOCOL, tmp_path)
    single = train_points(
        settings.model_copy(update={"optimizer": "adam", "seed": 1}), "gan", TRAIN, len(TEST), quiet=True
    )
    assert np.array_equal(result.samples, np.stack(single.snapshots.samples))
    path = store_path(tmp_path, cell, "mark")
    save_run(path, result)
    stored = load_run(path, cell)
    assert stored is not None
    assert np.array_equal(stored.samples, result.samples)
    assert stored.w2 == result.w2
    path.write_bytes(path.read_bytes()[:-30])
    assert load_run(path, cell) is None


def test_a_run_that_the_single_stage_left_is_measured_and_not_repeated(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data/prepared").mkdir(parents=True)
    np.savez(tmp_path / "data/prepared/points.npz", train=TRAIN, test=TEST)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train_points", "gan"])
    train_points.main()
    cell, data = Cell("gan", settings.optimizer, settings.seed), tmp_path / "data"
    performed = perform(settings, cell, TRAIN, TEST, PROTOCOL, tmp_path / "nothing")
    other_seed = settings.model_copy(update={"seed": 5})
    assert finished(settings, "gan", TRAIN, len(TEST), data) is not None
    for changed in (
        finished(other_seed, "gan", TRAIN, len(TEST), data),
        finished(settings, "wgan", TRAIN, len(TEST), data),
        finished(settings, "gan", TRAIN + 1e-9, len(TEST), data),
        finished(settings, "gan", TRAIN, len(TEST) - 1, data),
    ):
        assert changed is None
    monkeypatch.setattr("saddle.comparison.perform.train_points", None)
    reused = perform(settings, cell, TRAIN, TEST, PROTOCOL, data)
    assert reused.w2 == performed.w2
    assert np.array_equal(reused.samples, performed.samples)
    assert np.array_equal(reused.epoch, performed.epoch)


def test_a_run_that_diverges_is_a_result(settings: Settings, tmp_path: Path) -> None:
    recipe = settings.points.recipes.minibatch.model_copy(update={"lr": 1e30})
    recipes = settings.points.recipes.model_copy(update={"minibatch": recipe})
    wild = settings.model_copy(update={"points": settings.points.model_copy(update={"recipes": recipes})})
    result = perform(wild, Cell("gan", "sgd", 0), TRAIN, TEST, PROTOCOL, tmp_path)
    assert result.diverged
    assert np.isnan(result.w2)


def test_the_fingerprint_follows_settings_and_data(settings: Settings) -> None:
    cell = Cell("gan", "adam", 0)
    mark = fingerprint(settings, cell, TRAIN, TEST, PROTOCOL)
    assert mark == fingerprint(settings, cell, TRAIN.copy(), TEST, PROTOCOL)
    assert mark != fingerprint(settings, Cell("gan", "adam", 1), TRAIN, TEST, PROTOCOL)
    assert mark != fingerprint(settings, cell, TRAIN + 1e-9, TEST, PROTOCOL)
    assert mark != fingerprint(settings.model_copy(update={"precision": "bf16"}), cell, TRAIN, TEST, PROTOCOL)


def test_pictures_show_a_diverged_run_as_such() -> None:
    clouds = {
        "gan": {
            "rmsprop": Cloud(RNG.normal(size=(3, 9, 2)), [3.0, 2.0, 1.0], [0.0, 1.0, 2.0]),
            "adam": Cloud(np.empty((0, 0, 2)), [], []),
        }
    }
    picture = clouds_at(clouds, TEST, -1)
    assert picture.get_suptitle() == "epoch 2"
    assert [axes.get_title() for axes in picture.axes] == ["GAN, RMSprop: w2_ratio 1.00", "GAN, Adam"]
    assert [text.get_text() for text in picture.axes[1].texts] == ["diverged"]
    assert [text.get_text() for text in picture.legends[0].get_texts()] == ["held out", "generated"]
    assert len(list(cloud_frames(clouds, TEST, every=2))) == 2
    curves = {
        "gan": {
            "rmsprop": Curves(np.array([0.0, 1.0]), np.ones((2, 2)), 0),
            "adam": Curves(np.empty(0), np.empty((0,)), 2),
        }
    }
    labels = [text.get_text() for text in w2_panels(curves, 0.1).legends[0].get_texts()]
    assert labels == ["RMSprop", "Adam (2 diverged)"]


def figures(mean: float | None) -> dict[str, Any]:
    return {"mean": mean, "std": 0.1, "low": mean, "high": mean, "n": 3}


def measured() -> dict[str, Any]:
    """A table in which every claim of the report holds."""
    ratios = {"rmsprop": 1.5, "adam": 3.0, "sgd": 30.0}
    spread = {"rmsprop": 0.01, "adam": 0.02, "sgd": 0.001}
    return {
        variant: {
            optimizer: {
                "w2": figures(0.03 * ratios[optimizer]),
                "w2_ratio": figures(ratios[optimizer] - (0.2 if variant == "wgan_gp" else 0)),
                "epochs_to_fit": figures(200 if variant == "wgan_gp" else 50),
                "stability": figures(spread[optimizer]),
                "diverged": 0,
                "never_fitted": 0,
            }
            for optimizer in ratios
        }
        for variant in ("gan", "wgan", "wgan_gp")
    }


def test_claims_hold_where_the_figures_say_so() -> None:
    assert [claim.holds for claim in claims(measured())] == [True] * 7


@pytest.mark.parametrize(
    ("place", "value", "broken"),
    [
        (("gan", "rmsprop", "epochs_to_fit"), 10, 0),
        (("gan", "rmsprop", "epochs_to_fit"), None, 0),
        (("wgan_gp", "rmsprop", "epochs_to_fit"), 50, 2),
        (("wgan", "sgd", "w2"), 0.3, 3),
        (("gan", "adam", "stability"), 0.005, 4),
        (("gan", "adam", "w2_ratio"), 1.0, 5),
        (("wgan", "rmsprop", "w2_ratio"), 1.0, 6),
    ],
)
def test_a_claim_fails_where_its_figure_does(place: tuple[str, str, str], value: float | None, broken: int) -> None:
    table = measured()
    variant, optimizer, metric = place
    table[variant][optimizer][metric] = figures(value)
    assert not claims(table)[broken].holds


def test_an_optimizer_all_of_whose_runs_diverged_is_the_worst() -> None:
    table = measured()
    for metric in ("w2", "w2_ratio", "stability"):
        table["gan"]["adam"][metric] = figures(None)
        table["wgan"]["sgd"][metric] = figures(None)
    assert [claim.holds for claim in claims(table)] == [True, True, True, False, True, True, True]


def test_a_fit_much_sooner_than_stated_says_so() -> None:
    table = measured()
    table["gan"]["rmsprop"]["epochs_to_fit"] = figures(20)
    assert claims(table)[0].measured.endswith("epochs, sooner")
