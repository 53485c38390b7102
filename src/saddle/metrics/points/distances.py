"""Distances between two samples of points, and the width of their strokes, which distances hardly see.

All computation is in float64.
"""

from dataclasses import dataclass

import numpy as np
import ot
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]

# The network simplex needs about 10 pivots a point on clouds of the size used here; its default of 100,000 can
# be too few and would then return a value that is not the optimum.
MOST_PIVOTS = 10_000_000

# A neighbourhood is an eighth of the real points: large enough to span a stroke from edge to edge, small enough not to
# reach the next one. Of a capital M, which has four strokes, it is half a stroke.
SHARE = 8
# Fewer points in a neighbourhood do not tell a width.
FEWEST = 10
# A width below this share of the neighbourhood is rounding: the real points lie on a line there.
NO_WIDTH = 1e-6
# A neighbourhood holds the point at its edge, up to this share of its radius: processors differ in rounding, which must
# not decide that.
ROUNDING = 1e-9


def _two_samples(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not (len(first) and len(second)):
        raise ValueError(f"two non-empty samples (n, d) and (m, d) expected, got {first.shape} and {second.shape}")
    return first, second


def w2(a: ArrayLike, b: ArrayLike) -> float:
    """The exact 2-Wasserstein distance of two samples (n, d) and (m, d), in their units, range [0, inf); lower is best.

    W2(a, b)^2 = min over transport plans P of sum_ij P_ij |a_i - b_j|^2, each point weighing 1/n or 1/m. Solved
    exactly (POT's network simplex), in O(n m) memory: 1,192 points each take 11 MB and half a second. Villani, Optimal
    Transport, 2009; Flamary et al., POT, 2021. Raises `ValueError` if a sample is empty, or the two differ in their
    dimension.
    """
    first, second = _two_samples(a, b)
    cost = cdist(first, second, "sqeuclidean")
    squared, log = ot.emd2([], [], cost, numItermax=MOST_PIVOTS, log=True)
    if log["warning"] is not None:
        raise RuntimeError(f"the transport problem was not solved to the optimum: {log['warning']}")
    return float(np.sqrt(max(float(squared), 0.0)))


def sliced_w2(a: ArrayLike, b: ArrayLike, projections: int) -> float:
    """The sliced 2-Wasserstein distance of samples (n, 2) and (m, 2), in their units, range [0, inf); lower is best.

    The root of the mean, over `projections` directions, of the squared one-dimensional W2. The directions are
    evenly spaced over the half circle: in the plane that is a quadrature, and nothing in it is random.
    Bonneel et al., Sliced and Radon Wasserstein Barycenters of Measures, 2015. Raises `ValueError` too if a sample is
    not in the plane.
    """
    first, second = _two_samples(a, b)
    if first.shape[1] != 2:
        raise ValueError(f"samples in the plane expected, got {first.shape[1]} dimensions")
    angles = np.pi * (np.arange(projections) + 0.5) / projections
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return float(ot.sliced_wasserstein_distance(first, second, projections=directions))


def mmd(a: ArrayLike, b: ArrayLike, bandwidth: float) -> float:
    """The squared maximum mean discrepancy of samples (n, d) and (m, d); no unit, at most 2; lower is best.

    mean_{i != j} k(a_i, a_j) + mean_{i != j} k(b_i, b_j) - 2 mean k(a_i, b_j), with
    k(x, y) = exp(-|x - y|^2 / (2 bandwidth^2)), the bandwidth in the units of the data. Unbiased, so its expectation is
    0 for equal distributions and a single value can be slightly negative. Gretton et al., A Kernel Two-Sample Test,
    2012, eq. 3.
    """
    first, second = _two_samples(a, b)

    def kernel(x: Floats, y: Floats) -> Floats:
        return np.exp(-cdist(x, y, "sqeuclidean") / (2 * bandwidth**2))

    def mean_off_diagonal(matrix: Floats) -> float:
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
    """The energy distance of two samples (n, d) and (m, d), in their units, range [0, inf); lower is best.

    2 E|A - B| - E|A - A'| - E|B - B'|, all pairs counted (V-statistic). Székely and Rizzo, Energy statistics, 2013.
    """
    first, second = _two_samples(a, b)
    between = cdist(first, second).mean()
    within = cdist(first, first).mean() + cdist(second, second).mean()
    return max(float(2 * between - within), 0.0)


@dataclass(frozen=True)
class StrokeWidths:
    """The width of the real strokes at each real point.

    centres: (n, 2), the real points. radii: (n,), how far the neighbourhood of each reaches, so that it holds an eighth
    of them. widths: (n,), the standard deviation across the stroke there.
    """

    centres: Floats
    radii: Floats
    widths: Floats

    @classmethod
    def of(cls, points: ArrayLike) -> "StrokeWidths":
        """The widths of real `points` (n, 2). Raises `ValueError` for fewer than 3."""
        real = np.asarray(points, np.float64)
        if real.ndim != 2 or real.shape[1] != 2 or len(real) < 3:
            raise ValueError(f"a sample (n, 2) of at least 3 points expected, got {real.shape}")
        nearest = min(max(FEWEST, len(real) // SHARE), len(real))
        radii = np.partition(cdist(real, real), nearest - 1, axis=1)[:, nearest - 1]
        return cls(real, radii, _widths(real, radii, real)[1])

    def ratio(self, sample: ArrayLike) -> float | None:
        """How wide the strokes of `sample` (m, 2) are compared with the real ones, no unit, range [0, inf).

        Local principal component analysis (Kambhatla and Leen, Dimension Reduction by Local Principal Component
        Analysis, 1997): in each neighbourhood of the real points, the smaller principal deviation of the sample over
        that of the real points; of these ratios the median. Strokes that are missing or too short change it little, for
        it is taken where the sample has points: it says how fine a cloud is, not how complete.

        1 is best, below 1 the strokes are too thin, above 1 too thick; None if no neighbourhood holds ten points of the
        sample, or the real points have no width.
        """
        points = np.asarray(sample, np.float64)
        counts, widths = _widths(self.centres, self.radii, points)
        told = (counts >= FEWEST) & (self.widths > NO_WIDTH * self.radii)
        return float(np.median(widths[told] / self.widths[told])) if told.any() else None


def _widths(centres: Floats, radii: Floats, points: Floats) -> tuple[Floats, Floats]:
    """For each ball, how many of `points` (m, 2) it holds, and their smaller principal deviation."""
    points, centres = points - centres.mean(0), centres - centres.mean(0)
    inside = (cdist(centres, points) <= radii[:, None] * (1 + ROUNDING)).astype(np.float64)
    counts = inside.sum(1)
    some = np.maximum(counts, 1)[:, None]
    mean = inside @ points / some
    products = np.stack([points[:, 0] ** 2, points[:, 0] * points[:, 1], points[:, 1] ** 2], axis=1)
    xx, xy, yy = (inside @ products / some - np.stack([mean[:, 0] ** 2, mean[:, 0] * mean[:, 1], mean[:, 1] ** 2], 1)).T
    smaller = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    return counts, np.sqrt(np.maximum(smaller, 0.0))
