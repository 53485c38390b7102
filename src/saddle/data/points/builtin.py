"""The point set that the project ships: `python -m saddle.data.points.builtin data/raw/points.mat`.

It has the layout of the course's file (R1, R3): four clouds `a b c d`, the strokes of a capital M, and all of
them as `xx = 0.5 + 0.04 [a; b; c; d]`. The points are drawn anew from the Gaussians that the reports
describe, so results on them can be compared with results on the original without having the original's points.
"""

import math
import sys
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray

from saddle.core.files import replacing
from saddle.core.randomness import numpy_rng
from saddle.errors import reports_user_errors

SEED = 2019  # the year of the first report
POINTS_PER_STROKE = 2048

# Stroke: mean, eigenvalues of the covariance (smaller, larger), unit eigenvector of the larger.
STROKES = {
    "a": ((-0.0035, -0.0044), (0.1670, 6.4606), (-0.7901, 0.6130)),
    "b": ((-7.9785, 0.0353), (0.4521, 6.5640), (-0.7596, -0.6504)),
    "c": ((8.9552, -1.0133), (0.7559, 5.5203), (-0.8501, -0.5266)),
    "d": ((15.0264, -2.0297), (0.4971, 6.8003), (-0.5452, 0.8383)),
}

# A file may have been written by another version, or on another processor.
ROUNDING = 1e-9

HEADER = "MATLAB 5.0 MAT-file, Platform: any, made by saddle.data.points.builtin"
HEADER_SIZE = 116


def _stroke(name: str, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal numbers (n, 2) as points of the stroke `name`: lengths along it and across.

    Written out, element by element: a product of matrices differs in its last digit from one processor to the next,
    and every stage would run again on another machine.
    """
    (mean_x, mean_y), (smaller, larger), (x, y) = STROKES[name]
    length = math.sqrt(x * x + y * y)
    x, y = x / length, y / length
    along, across = normal[:, 0] * math.sqrt(larger), normal[:, 1] * math.sqrt(smaller)
    return np.stack([mean_x + (along * x - across * y), mean_y + (along * y + across * x)], axis=1)


def _whole(strokes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the strokes as `xx` has them."""
    return 0.5 + 0.04 * strokes


def builtin_points() -> dict[str, NDArray[np.float64]]:
    """The variables of the file: `a b c d`, each (2048, 2), and `xx`, (8192, 2), float64."""
    rng = numpy_rng(SEED, "built-in points")
    strokes = {name: _stroke(name, rng.standard_normal((POINTS_PER_STROKE, 2))) for name in STROKES}
    return {**strokes, "xx": _whole(np.concatenate(list(strokes.values())))}


def fresh_points(
    points: NDArray[np.float64], variable: str, count: int, rng: np.random.Generator
) -> NDArray[np.float64] | None:
    """`count` new points (count, 2) of the Gaussians that `points` were drawn from; None for points of another origin.

    points, variable: as read from a file. They are the project's own if they are `builtin_points` up to rounding.
    """
    own = builtin_points().get(variable)
    if own is None or own.shape != points.shape or not np.allclose(own, points, rtol=0, atol=ROUNDING):
        return None
    normal = rng.standard_normal((count, 2))
    if variable in STROKES:
        return _stroke(variable, normal)
    chosen = rng.choice(list(STROKES), count)
    strokes = np.empty_like(normal)
    for name in STROKES:
        strokes[chosen == name] = _stroke(name, normal[chosen == name])
    return _whole(strokes)


def write_points(path: str | Path) -> None:
    """Write `builtin_points` as a MATLAB 5.0 file; the same bytes each time, because the header holds no date."""
    with replacing(path) as part:
        scipy.io.savemat(part, builtin_points())
        with part.open("r+b") as file:
            file.write(HEADER.encode().ljust(HEADER_SIZE))


@reports_user_errors
def main() -> None:
    """Command-line entry point."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m saddle.data.points.builtin OUT.mat")
    write_points(sys.argv[1])


if __name__ == "__main__":
    main()
