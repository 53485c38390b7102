"""When a run has fitted, whether it stays, how quiet it is at the end, and how far it has come."""

import numpy as np
import pytest

from saddle.metrics.points.convergence import epochs_to_fit, progress, relapse_rate, stability

TENS = [10.0 * index for index in range(10)]


def test_a_fit_is_the_first_of_three_snapshots_in_a_row_below_the_threshold() -> None:
    assert epochs_to_fit(TENS, [9, 1.5, 3, 1.9, 1.8, 1.7, 1, 1, 1, 1], 2.0) == 30
    assert epochs_to_fit(TENS[:3], [1, 1, 1], 2.0) == 0


def test_one_late_swing_changes_no_fit_and_is_told_by_itself() -> None:
    ratios = [9.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 4.0, 1.5]
    assert epochs_to_fit(TENS, ratios, 2.0) == 10
    assert relapse_rate(ratios, 2.0) == pytest.approx(1 / 6)  # of the six snapshots after the three that make the fit


def test_two_snapshots_below_or_one_at_the_very_end_are_no_fit() -> None:
    for ratios in ([9, 1, 1, 9, 1, 1], [9, 9, 9, 9, 9, 1], [1, float("nan"), 1, 1, 2.0, 1], [1, 1]):
        assert epochs_to_fit(TENS[: len(ratios)], ratios, 2.0) is None
        assert relapse_rate(ratios, 2.0) is None


def test_a_fit_at_the_end_has_no_time_to_relapse() -> None:
    assert relapse_rate([9.0, 1.0, 1.0, 1.0], 2.0) == 0.0


def test_stability_is_the_deviation_of_values_that_scatter_about_a_level() -> None:
    noise = np.random.default_rng(0).normal(5.0, 0.3, 5000)
    assert stability([9.0, *noise]) == pytest.approx(0.3, rel=0.05)
    # Only the last fifth counts: two values here, and half of their squared difference is their variance.
    assert stability([5.0] * 8 + [1.0, 3.0]) == pytest.approx(np.sqrt(2))


def test_a_steady_trend_is_no_swing() -> None:
    trend = np.linspace(10.0, 0.0, 500)
    assert np.std(trend[-100:]) > 0.5
    assert stability(trend.tolist()) < 0.02


def test_progress_is_the_share_of_the_way_to_the_floor() -> None:
    assert progress(1.0, 1.0, 0.2) == 0
    assert progress(1.0, 0.6, 0.2) == pytest.approx(0.5)
    assert progress(1.0, 0.2, 0.2) == pytest.approx(1)
    assert progress(1.0, 1.4, 0.2) == pytest.approx(-0.5)
    assert progress(0.2, 0.2, 0.2) is None
