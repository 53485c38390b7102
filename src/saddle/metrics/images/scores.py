"""FID, KID and the Inception Score, on any features or logits.

The formulas, and the order in which random subsets are drawn, are torch-fidelity's, to which the tests hold them.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating]

# Parts of the images whose Inception Scores are averaged (Salimans et al. 2016).
SCORE_SPLITS = 10


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """FID: the squared Fréchet distance of normal distributions fitted to features (n, d) and (m, d), range [0, inf).

    |mean_a - mean_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), lower is better. The trace of the root is the sum of the
    roots of the eigenvalues of C_a C_b. Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017.
    """
    first, second = a.numpy(), b.numpy()
    difference = first.mean(0) - second.mean(0)
    first_covariance, second_covariance = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    eigenvalues = np.linalg.eigvals(first_covariance.dot(second_covariance)).astype(np.complex128)
    trace_of_root = np.sum(np.sqrt(eigenvalues).real)
    traces = np.trace(first_covariance) + np.trace(second_covariance)
    return float(difference.dot(difference) + traces - 2 * trace_of_root)


def kernel_distance(a: Tensor, b: Tensor, *, subsets: int, size: int, seed: int) -> float:
    """KID: the squared maximum mean discrepancy of features (n, d) and (m, d), unbiased, so it can be below 0.

    The kernel is (x y / d + 1)^3; the value is the mean over `subsets` pairs of random subsets of `size` features, at
    most n and m. Lower is better. seed: 0 to 2^32 - 1. Binkowski et al., Demystifying MMD GANs, 2018.
    """
    first, second, rng = a.numpy(), b.numpy(), np.random.RandomState(seed)
    parts = []
    for _ in range(subsets):
        x = first[rng.choice(len(first), size, replace=False)]
        y = second[rng.choice(len(second), size, replace=False)]
        within = (_sum_off_diagonal(_cubic(x, x)) + _sum_off_diagonal(_cubic(y, y))) / (size * (size - 1))
        parts.append(within - 2 * _cubic(x, y).sum(0).sum() / size**2)
    return float(np.mean(np.array(parts, np.float64)))


def _cubic(x: Floats, y: Floats) -> Floats:
    kernel: Floats = (np.matmul(x, y.T) * (1.0 / x.shape[1]) + 1) ** 3
    return kernel


def _sum_off_diagonal(kernel: Floats) -> np.floating:
    total: np.floating = (kernel.sum(1) - np.diagonal(kernel)).sum()
    return total


def inception_score(logits: Tensor, *, seed: int) -> float:
    """exp of the mean divergence of the predicted classes from their average, range [1, classes]; higher is better.

    logits: (n, classes), shuffled by `seed` (0 to 2^32 - 1), since the value is the mean of that of ten parts.
    Salimans et al., Improved Techniques for Training GANs, 2016.
    """
    count = len(logits)
    shuffled = logits[np.random.RandomState(seed).permutation(count), :].double()
    shares, log_shares = shuffled.softmax(1), shuffled.log_softmax(1)
    scores = []
    for part in range(SCORE_SPLITS):
        chosen = slice(part * count // SCORE_SPLITS, (part + 1) * count // SCORE_SPLITS)
        average = shares[chosen].mean(0, keepdim=True)
        divergence = (shares[chosen] * (log_shares[chosen] - average.log())).sum(1)
        scores.append(float(divergence.mean().exp()))
    return float(np.mean(scores))
