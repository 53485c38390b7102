"""How wide the strokes of a point cloud are: what W2 is nearly blind to."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

# A neighbourhood is an eighth of the sample: large enough to span a stroke from edge to edge, small enough not to reach
# the next one. Of a capital M, which has four strokes, it is half a stroke.
SHARE = 8
FEWEST = 3


def stroke_width(points: ArrayLike) -> float:
    """The standard deviation across the strokes of `points` (n, 2), in their units, range [0, inf).

    Local principal component analysis: for each point, the covariance of its n / 8 nearest points (at least 3, itself
    among them) has its smaller eigenvalue across the stroke. Its root is the deviation there, and the result is the
    median over all points, so that corners, where two strokes meet, do not decide. Kambhatla and Leen, Dimension
    Reduction by Local Principal Component Analysis, 1997. Raises `ValueError` for fewer than 3 points.
    """
    sample = np.asarray(points, np.float64)
    if sample.ndim != 2 or sample.shape[1] != 2 or len(sample) < FEWEST:
        raise ValueError(f"a sample (n, 2) of at least {FEWEST} points expected, got {sample.shape}")
    _, nearest = cKDTree(sample).query(sample, max(FEWEST, len(sample) // SHARE))
    near = sample[nearest]
    near = near - near.mean(axis=1, keepdims=True)
    covariances = np.einsum("nki,nkj->nij", near, near) / near.shape[1]
    smaller = np.linalg.eigvalsh(covariances)[:, 0]
    return float(np.sqrt(max(float(np.median(smaller)), 0.0)))
