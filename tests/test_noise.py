"""Change told from noise by runs that differ in their seed only."""

import math

import numpy as np
import pytest

from saddle.reporting.metrics import one_more_seed, seeds_differ


@pytest.mark.parametrize("metric", ["w2", "coverage"])
def test_of_drawn_seeds_nineteen_of_twenty_are_noise(metric: str) -> None:
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.8, 0.05, size=(1000, 5))
    values = np.exp(drawn) if metric == "w2" else drawn
    chances = [one_more_seed(metric, row[:4].tolist(), row[0], row[4]) for row in values]
    assert 0.93 <= np.mean([chance is not None and chance.explains for chance in chances]) <= 0.97


def test_the_range_is_students_prediction_interval() -> None:
    # Mean 0.8, standard deviation 0.1, Student's quantile 4.30265 for two degrees of freedom, the root of 4/3.
    chance = one_more_seed("coverage", [0.7, 0.8, 0.9], 0.8, 0.2)
    assert chance is not None
    assert (chance.explains, chance.words) == (False, "seeds: 0.303 to 1.3")
    # Of a factor the logarithms: 4, divided and multiplied by 2^(4.30265 * 1.1547) = 31.3.
    chance = one_more_seed("w2", [2.0, 4.0, 8.0], 4.0, 126.0)
    assert chance is not None
    assert (chance.explains, chance.words) == (False, "seeds: 0.128 to 125")


def test_runs_that_never_fit() -> None:
    some = [100.0, 200.0, 140.0, math.inf, math.inf]
    never = one_more_seed("epochs_to_fit", some, 100.0, math.inf, 10)
    assert never is not None
    assert (never.explains, never.words) == (True, "seeds: 100 to never")
    assert one_more_seed("epochs_to_fit", some, 100.0, 30.0, 10) is None
    assert one_more_seed("epochs_to_fit", [math.inf] * 3, math.inf, 30.0, 10) is None
    all_fit = one_more_seed("epochs_to_fit", [20.0] * 5, 20.0, math.inf, 10)
    assert all_fit is not None
    assert not all_fit.explains


def test_an_epoch_is_known_to_one_snapshot_only() -> None:
    for runs in ([], [20.0] * 5):
        chance = one_more_seed("epochs_to_fit", runs, 20.0, 30.0, 10)
        assert chance is not None
        assert chance.explains
    two_later = one_more_seed("epochs_to_fit", [20.0] * 5, 20.0, 40.0, 10)
    assert two_later is not None
    assert not two_later.explains


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([], id="none"),
        pytest.param([1.0], id="one"),
        pytest.param([0.0, 0.0, 0.0], id="all equal: does not tell that the next would be"),
        pytest.param([5.0, 5.1, 4.9], id="of other settings: the value before is none of theirs"),
    ],
)
def test_runs_that_do_not_tell(runs: list[float]) -> None:
    assert one_more_seed("relapse_rate", runs, 0.0, 7.0) is None


def test_two_sets_of_seeds_differ_by_welch() -> None:
    # R3's GAN with RMSprop and with Adam.
    runs = [0.875042, 0.830998, 0.742492, 0.766904, 0.841611]
    adam = [0.455663, 0.294128, 0.385319]
    chance = seeds_differ("coverage", runs, adam)
    assert chance is not None
    assert (chance.explains, chance.words.split(", ")[1]) == (False, "5 and 3 seeds")
    # One and the same deviation, and means that are 2.77645 (Student, four degrees of freedom) standard errors apart.
    for apart, explains in ((2.77, True), (2.78, False)):
        shift = apart * (2 / 3) ** 0.5
        chance = seeds_differ("coverage", [1.0, 2.0, 3.0], [1.0 + shift, 2.0 + shift, 3.0 + shift])
        assert chance is not None
        assert chance.explains == explains
    assert seeds_differ("coverage", [1.0, 1.0], [2.0, 2.0]) is None
    assert seeds_differ("coverage", [1.0], [2.0, 3.0]) is None


def test_sets_of_seeds_of_which_some_never_fit_differ_by_their_ranks() -> None:
    stale, fresh = [100.0, 200.0, 140.0, math.inf, math.inf], [80.0, 40.0, 30.0, 20.0, 30.0]
    chance = seeds_differ("epochs_to_fit", stale, fresh)
    assert chance is not None
    assert not chance.explains
    one = seeds_differ("epochs_to_fit", [20.0, 30.0, 200.0], [20.0, 30.0, math.inf])
    assert one is not None
    assert one.explains
    # Wholly apart, but three runs on each side are too few for ranks to tell.
    assert seeds_differ("epochs_to_fit", [20.0, 20.0, 20.0], [math.inf] * 3) is None
