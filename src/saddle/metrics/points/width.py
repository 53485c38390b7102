"""How wide the strokes of a point cloud are: what W2 is nearly blind to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]

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


@dataclass(frozen=True)
class StrokeWidths:
    """The width of the real strokes at each real point.

    Attributes:
        centres: The real points, (n, 2).
        radii: How far the neighbourhood of each reaches, so that it holds an eighth of them, (n,).
        widths: The standard deviation across the stroke there, (n,).
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

        Args:
            sample: Generated points, (m, 2).

        Returns:
            1 is best, below 1 the strokes are too thin, above 1 too thick; None if no neighbourhood holds ten points of
            the sample, or the real points have no width.
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
