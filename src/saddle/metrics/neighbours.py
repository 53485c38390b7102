"""Precision, recall, density and coverage: is what is generated real, and is all that is real generated?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist


@dataclass(frozen=True)
class Neighbourhood:
    """Four figures from nearest-neighbour balls; higher is better.

    precision, recall, coverage: fractions in [0, 1]. density: in [0, inf), 1 in expectation for equal
    distributions.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhood(real: ArrayLike, fake: ArrayLike, k: int) -> Neighbourhood:
    """Compare `fake` (m, d) with `real` (n, d) by balls that reach to a point's k-th nearest neighbour.

    precision: fraction of fake points inside some real point's ball; recall: of real points inside some fake
    point's ball (Kynkäänniemi et al., Improved Precision and Recall, 2019). density: mean over fake points of
    the number of real balls around them, over k; coverage: fraction of real points whose ball holds a fake point
    (Naeem et al., Reliable Fidelity and Diversity Metrics, 2020). A point is not its own neighbour. Raises
    `ValueError` if a sample has k points or fewer.
    """
    real_points, fake_points = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    if min(len(real_points), len(fake_points)) <= k:
        raise ValueError(f"more than k = {k} points expected, got {len(real_points)} real, {len(fake_points)} fake")
    real_radii, fake_radii = _radii(real_points, k), _radii(fake_points, k)
    distances = cdist(real_points, fake_points)
    in_real_ball = distances < real_radii[:, None]
    in_fake_ball = distances < fake_radii[None, :]
    return Neighbourhood(
        precision=float(in_real_ball.any(axis=0).mean()),
        recall=float(in_fake_ball.any(axis=1).mean()),
        density=float(in_real_ball.sum(axis=0).mean() / k),
        coverage=float(in_real_ball.any(axis=1).mean()),
    )


def _radii(points: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Distance of each point to its k-th nearest other point."""
    distances, _ = KDTree(points).query(points, k=[k + 1])
    return np.asarray(distances, np.float64)[:, 0]
