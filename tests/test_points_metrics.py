"""The width of strokes, the floor, and what the metrics see of clouds whose fault is known."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.metrics.points.distances import StrokeWidths
from saddle.metrics.points.measuring import (
    PointsProtocol,
    measure_floor,
    measure_generator,
    measure_sample,
)

PROTOCOL = PointsProtocol(draws=4, max_points=1000, projections=16, neighbours=5, fit_threshold=2.5, floor_error=0.02)
Points = NDArray[np.float64]


def letter(
    rng: np.random.Generator,
    count: int,
    *,
    thinness: float = 1.0,
    length: float = 1.0,
    strokes: tuple[int, ...] = (0, 1),
    shares: tuple[float, ...] = (0.5, 0.5),
) -> Points:
    """Points of a V: two strokes of deviation 0.25 along and 0.05 across, or what is asked for instead."""
    halves = []
    for stroke in strokes:
        angle, corner = ((1.2, 0.0), (-1.2, 0.8))[stroke]
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        size = round(count * (shares[stroke] if len(strokes) > 1 else 1.0))
        scatter = rng.normal(size=(size, 2)) * [0.25 * length, 0.05 * thinness]
        halves.append(np.array([corner, 0.0]) + scatter @ np.stack([along, across]))
    return np.concatenate(halves)


def ratio(real: Points, sample: Points) -> float:
    found = StrokeWidths.of(real).ratio(sample)
    assert found is not None
    return found


def test_the_width_of_a_straight_stroke_is_its_deviation_across() -> None:
    rng = np.random.default_rng(0)
    turned = np.array([[0.6, -0.8], [0.8, 0.6]])
    stroke = rng.normal(size=(4000, 2)) * [2.0, 0.1] @ turned
    assert np.median(StrokeWidths.of(stroke).widths) == pytest.approx(0.1, rel=0.1)
    assert np.median(StrokeWidths.of(7 * stroke + 1e4).widths) == pytest.approx(0.7, rel=0.1)


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        ({}, 0.97, 1.03),
        ({"thinness": 0.8}, 0.77, 0.88),
        ({"thinness": 1.3}, 1.12, 1.32),
        # Widths as in the data: another fault, which is not this metric's to see.
        ({"length": 1.5}, 0.95, 1.07),
        ({"strokes": (0,)}, 0.93, 1.07),
    ],
)
def test_strokes_too_thin_or_too_thick_are_found_out_and_nothing_else(
    change: dict[str, Any], low: float, high: float
) -> None:
    rng = np.random.default_rng(1)
    real = letter(rng, 1000)
    assert low < np.mean([ratio(real, letter(rng, 1000, **change)) for _ in range(5)]) < high


def test_w2_hardly_sees_strokes_a_fifth_too_thin_and_the_width_does() -> None:
    rng = np.random.default_rng(2)
    reference = PROTOCOL.reference(letter(rng, 1000))
    fair = [measure_sample(letter(rng, 1000), reference, PROTOCOL) for _ in range(6)]
    thin = [measure_sample(letter(rng, 1000, thinness=0.8), reference, PROTOCOL) for _ in range(6)]

    def gap(metric: str) -> float:
        """How far apart the two are, in the deviations of single samples."""
        a, b = (np.array([row[metric] for row in rows], np.float64) for rows in (fair, thin))
        return float(abs(a.mean() - b.mean()) / np.std([*(a - a.mean()), *(b - b.mean())]))

    assert gap("width_ratio") > 4
    assert gap("w2") < 2


def test_a_collapsed_cloud_has_no_width_and_covers_nothing() -> None:
    rng = np.random.default_rng(3)
    real = letter(rng, 1000)
    reference = PROTOCOL.reference(real)
    for scatter in (0.001, 0.0):
        measured = measure_sample(real[0] + scatter * rng.normal(size=(1000, 2)), reference, PROTOCOL)
        assert measured["width_ratio"] < 0.05  # type: ignore[operator]
        assert measured["coverage"] < 0.05  # type: ignore[operator]
        assert measured["recall"] < 0.05  # type: ignore[operator]


def protocol(draws: int = 4, error: float = 0.02, most: int = 200) -> PointsProtocol:
    return PointsProtocol(
        draws=draws, max_points=most, projections=4, neighbours=3, fit_threshold=2.5, floor_error=error
    )


def test_the_floor_is_that_of_equal_distributions() -> None:
    rng = np.random.default_rng(4)
    floor = measure_floor(letter(rng, 12_000), letter(rng, 200), protocol(), seed=0)
    assert floor["width_ratio"] == pytest.approx(1, abs=0.06)
    assert floor["density"] == pytest.approx(1, abs=0.15)
    assert floor["coverage"] > 0.85  # type: ignore[operator]


def test_the_floors_error_is_how_far_floors_from_other_points_scatter() -> None:
    rng = np.random.default_rng(5)
    test = letter(rng, 200)

    def pool() -> Points:
        """1,200 independent points: how many are of either stroke is chance as well."""
        share = rng.binomial(1200, 0.5) / 1200
        return letter(rng, 1200, shares=(share, 1 - share))

    floors = [measure_floor(pool(), test, protocol(), seed) for seed in range(15)]
    distances = np.array([floor["w2"] for floor in floors], np.float64)
    claimed = np.median(np.array([floor["w2_error"] for floor in floors], np.float64))
    # Each is of six samples apart. The scatter of fifteen floors, and of six samples, is itself known roughly.
    assert 0.5 < claimed / (distances.std() / distances.mean()) < 1.8


def test_a_floor_takes_as_many_samples_as_its_error_asks_for() -> None:
    rng = np.random.default_rng(7)
    others, test = letter(rng, 20_000), letter(rng, 100)
    loose = measure_floor(others, test, protocol(draws=3, error=0.5, most=100), 0)
    strict = measure_floor(others, test, protocol(draws=3, error=0.02, most=100), 0)
    assert loose["w2_error"] > 0.02 >= strict["w2_error"]  # type: ignore[operator]


@pytest.mark.parametrize(("test", "others"), [(3, 100), (100, 3)])
def test_too_few_points_for_the_neighbours_are_refused(test: int, others: int) -> None:
    points = np.random.default_rng(8).normal(size=(103, 2))
    with pytest.raises(UserError, match=r"neighbours is 3, but there are only 3 .*; allowed: at least 4"):
        measure_floor(points[:others], points[-test:], protocol(), 0)


def test_a_floor_of_zero_is_refused() -> None:
    points = np.random.default_rng(6).normal(size=(20, 2))
    with pytest.raises(UserError, match="w2_floor is 0"):
        measure_floor(points, points, protocol(), 0)


class Given(Generator):
    """A generator that draws standard normal points a fixed distance to the right."""

    kind, latent_dim, sample_shape = "mlp", 2, (2,)

    def __init__(self, shift: float) -> None:
        super().__init__({})
        self.shift = shift
        self.scale = torch.nn.Parameter(torch.ones(()))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return latents * self.scale + torch.tensor([self.shift, 0.0])


def test_a_generator_is_measured_over_its_draws_and_a_shift_is_its_distance() -> None:
    test = np.random.default_rng(7).normal(size=(300, 2))
    assert measure_generator(Given(5.0), test, PROTOCOL, 0)["w2"] == pytest.approx(5.0, rel=0.05)
    assert measure_generator(Given(0.0), test, PROTOCOL, 0)["w2"] < 0.5  # type: ignore[operator]


def test_the_point_at_the_edge_of_a_neighbourhood_is_in_it_whatever_rounding_says() -> None:
    """Moved as a whole, points have the same distances up to rounding: the ratio may not jump."""
    rng = np.random.default_rng(0)
    real, sample = rng.normal(size=(400, 2)), rng.normal(size=(300, 2))
    ratios = [StrokeWidths.of(real + shift).ratio(sample + shift) for shift in (0, 0.1, 3.3, 7.7, -1e3)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-9)
