"""The width of strokes, the floor, and what the metrics see of clouds whose fault is known."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.metrics.points.measuring import (
    PointsProtocol,
    measure_floor,
    measure_generator,
    measure_run,
    measure_sample,
)
from saddle.metrics.points.width import stroke_width

PROTOCOL = PointsProtocol(draws=4, max_points=1000, projections=16, neighbours=5, fit_threshold=2.5, floor_error=0.02)
Points = NDArray[np.float64]


def letter(rng: np.random.Generator, count: int, thinness: float = 1.0) -> Points:
    """Points of a V: two strokes of length 1 (deviation 0.25 along) and deviation 0.05 across."""
    halves = []
    for angle, corner in ((1.2, 0.0), (-1.2, 0.8)):
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        scatter = rng.normal(size=(count // 2, 2)) * [0.25, 0.05 * thinness]
        halves.append(np.array([corner, 0.0]) + scatter @ np.stack([along, across]))
    return np.concatenate(halves)


def test_the_width_of_one_straight_stroke_is_its_deviation_across() -> None:
    rng = np.random.default_rng(0)
    turned = np.array([[0.6, -0.8], [0.8, 0.6]])
    stroke = rng.normal(size=(4000, 2)) * [2.0, 0.1] @ turned
    assert stroke_width(stroke) == pytest.approx(0.1, rel=0.1)
    assert stroke_width(7 * stroke + 3) == pytest.approx(7 * stroke_width(stroke))


@pytest.mark.parametrize(("thinness", "low", "high"), [(0.8, 0.76, 0.87), (0.6, 0.56, 0.70), (1.3, 1.15, 1.35)])
def test_strokes_that_are_too_thin_or_too_thick_are_found_out(thinness: float, low: float, high: float) -> None:
    rng = np.random.default_rng(1)
    reference = PROTOCOL.reference(letter(rng, 1000))
    samples = [letter(rng, 1000, thinness) for _ in range(5)]
    ratios = [measure_sample(sample, reference, PROTOCOL)["width_ratio"] for sample in samples]
    assert low < np.mean(ratios) < high


def test_w2_hardly_sees_strokes_a_fifth_too_thin_and_the_width_does() -> None:
    rng = np.random.default_rng(2)
    reference = PROTOCOL.reference(letter(rng, 1000))
    fair = [measure_sample(letter(rng, 1000), reference, PROTOCOL) for _ in range(6)]
    thin = [measure_sample(letter(rng, 1000, 0.8), reference, PROTOCOL) for _ in range(6)]

    def gap(metric: str) -> float:
        """How far apart the two are, in the deviations of single samples."""
        a, b = ([row[metric] for row in rows] for rows in (fair, thin))
        return abs(float(np.mean(a) - np.mean(b))) / float(np.std([*(a - np.mean(a)), *(b - np.mean(b))]))

    assert gap("width_ratio") > 4
    assert gap("w2") < 2


def test_a_collapsed_cloud_has_no_width_and_covers_nothing() -> None:
    rng = np.random.default_rng(3)
    reference = PROTOCOL.reference(letter(rng, 1000))
    measured = measure_sample(0.001 * rng.normal(size=(1000, 2)), reference, PROTOCOL)
    assert measured["width_ratio"] < 0.05
    assert measured["coverage"] < 0.05
    assert measured["recall"] < 0.05


def test_a_sample_of_fewer_than_three_points_has_no_width() -> None:
    with pytest.raises(ValueError, match="at least 3 points"):
        stroke_width(np.zeros((2, 2)))


def test_the_floor_is_that_of_equal_distributions_and_known_to_2_percent() -> None:
    rng = np.random.default_rng(4)
    floor = measure_floor(letter(rng, 6000), letter(rng, 1000), PROTOCOL, seed=0)
    assert floor["w2_error"] <= 0.02
    assert floor["width_ratio"] == pytest.approx(1, abs=0.05)
    assert floor["density"] == pytest.approx(1, abs=0.1)
    assert floor["coverage"] > 0.9
    # Another seed's floor is another mean of the same draws: four of its standard errors away at most.
    again = measure_floor(letter(np.random.default_rng(4), 6000), letter(rng, 1000), PROTOCOL, seed=1)
    assert again["w2"] == pytest.approx(floor["w2"], rel=0.15)


def test_a_floor_takes_as_many_draws_as_its_error_asks_for() -> None:
    rng = np.random.default_rng(5)
    others, test = letter(rng, 2000), letter(rng, 100)
    loose, strict = (
        PointsProtocol(draws=3, max_points=100, projections=4, neighbours=3, fit_threshold=2.5, floor_error=error)
        for error in (0.5, 0.02)
    )
    assert (
        measure_floor(others, test, loose, 0)["w2_error"] > 0.02 >= measure_floor(others, test, strict, 0)["w2_error"]
    )


@pytest.mark.parametrize(
    ("test", "named"),
    [
        (np.zeros((9, 2)), "lie on one point or on one line"),
        (np.linspace(0, 1, 30)[:, None] * [[1.0, 2.0]], "lie on one point or on one line"),
        (np.eye(2)[[0, 1, 0, 1, 0]], "neighbours is 5, but only 5 points"),
    ],
)
def test_points_that_no_distance_can_be_told_by_are_refused(test: Points, named: str) -> None:
    with pytest.raises(UserError, match=named):
        measure_floor(test, test, PROTOCOL, 0)


def test_a_floor_of_zero_is_refused() -> None:
    points = np.random.default_rng(6).normal(size=(20, 2))
    with pytest.raises(UserError, match="w2_floor is 0"):
        measure_floor(points, points, PROTOCOL, 0)


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
    assert measure_generator(Given(0.0), test, PROTOCOL, 0)["w2"] < 0.5


def test_a_run_is_measured_by_its_course_and_by_its_end() -> None:
    figures = measure_run([0, 10, 20, 30], [1.0, 0.1, 0.1, 0.1], w2=0.3, floor=0.1, threshold=2.0)
    assert figures == {
        "epochs_to_fit": 10,
        "relapse_rate": 0.0,
        "stability": 0.0,
        "progress": pytest.approx(0.7 / 0.9),
    }
