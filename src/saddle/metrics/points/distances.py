"""Distances between two samples of points.

Every function takes samples (n, d) and (m, d) of real numbers in the units of the data and returns a float: 0 is equal
(in expectation, for `mmd`), lower is better. All computation is in float64.
"""

import numpy as np
import ot
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

Points = NDArray[np.float64]

# The network simplex needs about 10 pivots a point on clouds of the size used here; its default of 100,000 can
# be too few and would then return a value that is not the optimum.
MOST_PIVOTS = 10_000_000


def _two_samples(a: ArrayLike, b: ArrayLike) -> tuple[Points, Points]:
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not (len(first) and len(second)):
        raise ValueError(f"two non-empty samples (n, d) and (m, d) expected, got {first.shape} and {second.shape}")
    return first, second


def w2(a: ArrayLike, b: ArrayLike) -> float:
    """The exact 2-Wasserstein distance of two samples, in the units of the data, range [0, inf).

    W2(a, b)^2 = min over transport plans P of sum_ij P_ij |a_i - b_j|^2, each point weighing 1/n or 1/m. Solved
    exactly (POT's network simplex), in O(n m) memory: 1,192 points each take 11 MB and half a second. Villani, Optimal
    Transport, 2009; Flamary et al., POT, 2021.

    Args:
        a: One sample, (n, d).
        b: The other, (m, d).

    Returns:
        W2; lower is better.

    Raises:
        ValueError: If a sample is empty, or the two differ in their dimension.
    """
    first, second = _two_samples(a, b)
    cost = cdist(first, second, "sqeuclidean")
    squared, log = ot.emd2([], [], cost, numItermax=MOST_PIVOTS, log=True)
    if log["warning"] is not None:
        raise RuntimeError(f"the transport problem was not solved to the optimum: {log['warning']}")
    return float(np.sqrt(max(float(squared), 0.0)))


def sliced_w2(a: ArrayLike, b: ArrayLike, projections: int) -> float:
    """The sliced 2-Wasserstein distance of two samples in the plane, in the units of the data, range [0, inf).

    The root of the mean, over `projections` directions, of the squared one-dimensional W2. The directions are
    evenly spaced over the half circle: in the plane that is a quadrature, and nothing in it is random.
    Bonneel et al., Sliced and Radon Wasserstein Barycenters of Measures, 2015.

    Args:
        a: One sample, (n, 2).
        b: The other, (m, 2).
        projections: How many directions.

    Returns:
        The distance; lower is better.

    Raises:
        ValueError: If a sample is empty or not in the plane.
    """
    first, second = _two_samples(a, b)
    if first.shape[1] != 2:
        raise ValueError(f"samples in the plane expected, got {first.shape[1]} dimensions")
    angles = np.pi * (np.arange(projections) + 0.5) / projections
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return float(ot.sliced_wasserstein_distance(first, second, projections=directions))


def mmd(a: ArrayLike, b: ArrayLike, bandwidth: float) -> float:
    """The squared maximum mean discrepancy with a Gaussian kernel, unbiased; no unit, at most 2.

    mean_{i != j} k(a_i, a_j) + mean_{i != j} k(b_i, b_j) - 2 mean k(a_i, b_j), with
    k(x, y) = exp(-|x - y|^2 / (2 bandwidth^2)). Unbiased, so its expectation is 0 for equal distributions and a
    single value can be slightly negative. Gretton et al., A Kernel Two-Sample Test, 2012, eq. 3.

    Args:
        a: One sample, (n, d).
        b: The other, (m, d).
        bandwidth: Of the kernel, in the units of the data.

    Returns:
        The squared discrepancy; lower is better.
    """
    first, second = _two_samples(a, b)

    def kernel(x: Points, y: Points) -> NDArray[np.float64]:
        return np.exp(-cdist(x, y, "sqeuclidean") / (2 * bandwidth**2))

    def mean_off_diagonal(matrix: NDArray[np.float64]) -> float:
        n = len(matrix)
        return float((matrix.sum() - np.trace(matrix)) / (n * (n - 1)))

    within = mean_off_diagonal(kernel(first, first)) + mean_off_diagonal(kernel(second, second))
    return within - 2 * float(kernel(first, second).mean())


def median_distance(a: ArrayLike) -> float:
    """The median distance between two points of a sample: the usual bandwidth for `mmd` (Gretton et al. 2012)."""
    first, _ = _two_samples(a, a)
    distances = cdist(first, first)
    return float(np.median(distances[np.triu_indices(len(first), 1)]))


def energy(a: ArrayLike, b: ArrayLike) -> float:
    """The energy distance, in the units of the data, range [0, inf).

    2 E|A - B| - E|A - A'| - E|B - B'|, all pairs counted (V-statistic). Székely and Rizzo, Energy statistics, 2013.

    Args:
        a: One sample, (n, d).
        b: The other, (m, d).

    Returns:
        The distance; lower is better.
    """
    first, second = _two_samples(a, b)
    between = cdist(first, second).mean()
    within = cdist(first, first).mean() + cdist(second, second).mean()
    return max(float(2 * between - within), 0.0)
