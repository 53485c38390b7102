"""When a run has fitted, and how quiet it is at the end."""

import numpy as np
import pytest

from saddle.metrics.points.convergence import epochs_to_fit, stability


def test_the_first_snapshot_from_which_the_ratio_stays_below() -> None:
    assert epochs_to_fit([0, 10, 20, 30], [9.0, 1.5, 3.0, 1.9], 2.0) == 30
    assert epochs_to_fit([0, 10, 20, 30], [9.0, 1.5, 1.0, 1.9], 2.0) == 10
    assert epochs_to_fit([0, 10], [1.0, 1.0], 2.0) == 0


def test_a_run_that_ends_above_has_not_fitted() -> None:
    assert epochs_to_fit([0, 10, 20], [9.0, 1.5, 2.0], 2.0) is None
    assert epochs_to_fit([0, 10], [1.0, float("nan")], 2.0) is None


def test_stability_is_the_deviation_over_the_last_fifth() -> None:
    distances = [5.0] * 8 + [1.0, 3.0]
    assert stability(distances) == pytest.approx(1.0)
    assert stability([4.0, 1.0, 3.0]) == pytest.approx(np.std([1.0, 3.0]))
