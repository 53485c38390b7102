"""Precision, recall, density and coverage: is what is generated real, and is all that is real generated?"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

# Rows of the distance matrix at a time: 10,000 points against as many would take 800 MB at once.
ROWS = 1000
# Up to so many coordinates, distances are computed from differences, which is exact for near points.
FEW_COORDINATES = 16
# A ball is closed: a point at its radius is inside. Distances are computed, so what is at the radius up to this share
# of it counts as there.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Neighbourhood:
    """Four figures from nearest-neighbour balls.

    Attributes:
        precision: The fraction of fake points inside some real point's ball, in [0, 1]; higher is better.
        recall: The fraction of real points inside some fake point's ball, in [0, 1]; higher is better.
        density: The number of real balls around a fake point, over k, in [0, inf). 1 in expectation for equal
            distributions, and better the nearer to that: above 1 samples crowd where the data are densest.
        coverage: The fraction of real points whose ball holds a fake point, in [0, 1]; higher is better.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhood(real: ArrayLike, fake: ArrayLike, k: int) -> Neighbourhood:
    """Compare `fake` (m, d) with `real` (n, d) by closed balls that reach to a point's k-th nearest neighbour.

    A point is not its own neighbour. Precision and recall are those of Kynkäänniemi et al., Improved Precision and
    Recall, 2019; density and coverage those of Naeem et al., Reliable Fidelity and Diversity Metrics, 2020. They are
    points, or features of images. Raises `ValueError` if a sample has k points or fewer.
    """
    real_points, fake_points = (torch.from_numpy(np.array(points, np.float64)) for points in (real, fake))
    if min(len(real_points), len(fake_points)) <= k:
        raise ValueError(f"more than k = {k} points expected, got {len(real_points)} real, {len(fake_points)} fake")
    real_radii, fake_radii = _radii(real_points, k), _radii(fake_points, k)
    real_balls_around = torch.zeros(len(fake_points), dtype=torch.long)
    in_fake_ball, covered = [], []
    for start in range(0, len(real_points), ROWS):
        distances = _distances(real_points[start : start + ROWS], fake_points)
        in_real_ball = distances <= real_radii[start : start + ROWS, None]
        real_balls_around += in_real_ball.sum(0)
        covered.append(in_real_ball.any(1))
        in_fake_ball.append((distances <= fake_radii).any(1))
    return Neighbourhood(
        precision=float((real_balls_around > 0).double().mean()),
        recall=float(torch.cat(in_fake_ball).double().mean()),
        density=float(real_balls_around.double().mean() / k),
        coverage=float(torch.cat(covered).double().mean()),
    )


def _radii(points: Tensor, k: int) -> Tensor:
    """The radii of the balls: each point's distance to its k-th nearest other point, and what rounding may add.

    It is the (k + 1)-th smallest distance, the point's own being the first.
    """
    parts = [
        _distances(points[start : start + ROWS], points).topk(k + 1, dim=1, largest=False).values[:, -1]
        for start in range(0, len(points), ROWS)
    ]
    return torch.cat(parts) * (1 + ROUNDING)


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances (n, m) of float64 points (n, d) and (m, d).

    Features of images have many coordinates, for which |a|^2 + |b|^2 - 2ab is faster by far. In float64 it is off by
    1e-7 of the points' size at most, and then only for near points.
    """
    exact = a.shape[1] <= FEW_COORDINATES
    mode = "donot_use_mm_for_euclid_dist" if exact else "use_mm_for_euclid_dist"
    return torch.cdist(a, b, compute_mode=mode)
