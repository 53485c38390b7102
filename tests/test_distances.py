"""Distances against cases whose value is known."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from saddle.metrics.points.distances import energy, median_distance, mmd, sliced_w2, w2

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(60, 2))


def test_w2_of_a_translation_is_its_length() -> None:
    assert w2(CLOUD, CLOUD + np.array([3.0, 4.0])) == pytest.approx(5.0)


def test_w2_of_a_sample_to_itself_is_zero_in_any_order() -> None:
    assert w2(CLOUD, CLOUD[::-1]) == pytest.approx(0.0, abs=1e-7)


def test_w2_weighs_unequal_samples_by_mass() -> None:
    assert w2([[0.0, 0.0]], [[1.0, 0.0], [0.0, 3.0]]) == pytest.approx(np.sqrt((1 + 9) / 2))


def test_w2_of_equal_sizes_is_the_best_assignment() -> None:
    other = RNG.normal(size=(60, 2)) * 2
    cost = cdist(CLOUD, other, "sqeuclidean")
    rows, columns = linear_sum_assignment(cost)
    assert w2(CLOUD, other) == pytest.approx(np.sqrt(cost[rows, columns].mean()))


def test_sliced_w2_of_a_translation_is_its_length_over_root_two() -> None:
    # The mean of cos^2 over all directions is one half.
    assert sliced_w2(CLOUD, CLOUD + np.array([3.0, 4.0]), 64) == pytest.approx(5.0 / np.sqrt(2))


def test_sliced_w2_never_exceeds_w2() -> None:
    other = RNG.normal(size=(60, 2)) * [3, 0.2]
    assert sliced_w2(CLOUD, other, 32) <= w2(CLOUD, other)


def test_mmd_of_two_far_pairs_by_hand() -> None:
    a, b = [[0.0, 0.0], [1.0, 0.0]], [[100.0, 0.0], [100.0, 2.0]]
    assert mmd(a, b, bandwidth=1.0) == pytest.approx(np.exp(-1 / 2) + np.exp(-4 / 2))


def test_mmd_is_unbiased() -> None:
    values = [mmd(RNG.normal(size=(30, 2)), RNG.normal(size=(30, 2)), 1.0) for _ in range(400)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0 < max(values)


def test_energy_of_two_single_points_is_twice_their_distance() -> None:
    assert energy([[0.0, 0.0]], [[3.0, 4.0]]) == pytest.approx(10.0)
    assert energy(CLOUD, CLOUD) == pytest.approx(0.0, abs=1e-12)


def test_median_distance_counts_each_pair_once() -> None:
    assert median_distance([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]) == 2.0
