"""Precision, recall, density and coverage by hand."""

import numpy as np
import pytest

from saddle.metrics.shared.neighbours import neighbourhood


def line(*places: float) -> np.ndarray:
    return np.array([[place, 0.0] for place in places])


def test_by_hand_on_a_line() -> None:
    # With k = 1 the real balls reach 1, 1 and 9, the generated ones 0.25, 0.25 and 49.25.
    result = neighbourhood(line(0, 1, 10), line(0.5, 0.75, 50), k=1)
    assert result.precision == pytest.approx(2 / 3)  # 50 is 40 from the nearest ball's centre
    assert result.recall == pytest.approx(2 / 3)  # 0 is in no generated ball; 1 and 10 are in that of 50
    assert result.density == pytest.approx((2 + 2 + 0) / 3)  # 0.5 and 0.75 are in the balls of 0 and 1
    assert result.coverage == pytest.approx(2 / 3)  # the ball of 10 begins at 1


def test_equal_distributions_have_density_near_one() -> None:
    rng = np.random.default_rng(0)
    result = neighbourhood(rng.normal(size=(800, 2)), rng.normal(size=(800, 2)), k=5)
    assert result.density == pytest.approx(1.0, abs=0.1)
    # Naeem et al. 2020, eq. 9: expected coverage is 1 - 2^-k for large equal samples.
    assert result.coverage == pytest.approx(1 - 2**-5, abs=0.03)


def test_many_coordinates_are_measured_as_few_ones() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(200, 2)), rng.normal(size=(150, 2)) * 0.8
    axes = np.linalg.qr(rng.normal(size=(40, 2)))[0]  # (40, 2), orthonormal: distances stay
    assert neighbourhood(real @ axes.T + 3, fake @ axes.T + 3, k=5) == neighbourhood(real, fake, k=5)


def test_a_point_on_the_border_of_a_ball_is_inside_for_all_four() -> None:
    # All balls reach to 1, and every point of the other kind is exactly there.
    result = neighbourhood(line(0, 1), line(1, 2), k=1)
    assert (result.precision, result.recall, result.coverage) == (1, 1, 1)
    assert result.density == pytest.approx((2 + 1) / 2)


def test_copies_are_inside_their_own_balls_however_many_coordinates_they_have() -> None:
    real = np.random.default_rng(0).normal(size=(60, 40)) + 1000
    copied = neighbourhood(real, real.copy(), k=3)
    # Every ball holds its own point and its three neighbours, the third of them on its border.
    assert copied.density == pytest.approx(4 / 3)
    assert (copied.precision, copied.recall, copied.coverage) == (1, 1, 1)


def test_points_in_one_place_are_real_where_real_points_are() -> None:
    real = np.repeat(line(0, 1), 5, axis=0)
    there, elsewhere = (
        neighbourhood(real, np.repeat(line(0), 10, axis=0), k=3),
        neighbourhood(real, line(*[0.5] * 10), k=3),
    )
    assert (there.precision, there.recall, there.coverage) == (1, 0.5, 0.5)
    assert (elsewhere.precision, elsewhere.recall, elsewhere.coverage) == (0, 0, 0)
