"""Frames of the points experiment: the discriminator's surface, held-out and generated points."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saddle.rendering.shared.figures import pixels
from saddle.rendering.shared.style import GENERATED, RC, REAL, SURFACE

WIDTH = 7.2  # inches; 720 pixels
LEVELS = 12
# Extreme values, at the window's corners mostly, would take the contrast from where the points are.
SHOWN_PERCENTILES = (1, 99)


@dataclass(frozen=True)
class PointsFilm:
    """What the pictures of one run show.

    x, y: the grid's coordinates. surface: (frames, len(y), len(x)), D as the objective scores it. samples:
    (frames, n, 2). held_out: (n, 2). times: a title a frame. ratios: `w2_ratio` a frame. score: what the colour bar
    says. A surface of which only differences mean something, as a critic's, should come `centred`.
    """

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]
    surface: NDArray[np.floating]
    samples: NDArray[np.floating]
    held_out: NDArray[np.floating]
    times: Sequence[str]
    ratios: Sequence[float]
    score: str

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def aspect(self) -> float:
        """Height of the window over its width."""
        return float((self.y[-1] - self.y[0]) / (self.x[-1] - self.x[0]))

    def levels(self) -> NDArray[np.float64]:
        """The contour levels, the same in all frames, so that a colour means one value throughout."""
        low, high = np.percentile(self.surface[1:] if len(self) > 1 else self.surface, SHOWN_PERCENTILES)
        if not high > low:
            low, high = low - 0.5, low + 0.5
        return np.linspace(low, high, LEVELS)


def centred(surface: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each frame of `surface` (frames, ...) less its mean.

    A critic's values drift together, and only their differences mean something.
    """
    mean = surface.mean(axis=tuple(range(1, surface.ndim)), keepdims=True)
    return np.asarray(surface - mean)


def frames(film: PointsFilm) -> Iterator[NDArray[np.uint8]]:
    """Every moment of `film` as an image, (height, width, 3)."""
    with mpl.rc_context(RC):
        for index in range(len(film)):
            yield pixels(frame(film, index))


def frame(film: PointsFilm, index: int) -> Figure:
    """One moment of `film` with its colour bar and legend."""
    with mpl.rc_context(RC):
        figure = Figure(figsize=(WIDTH, 0.77 * WIDTH * film.aspect + 0.85))
        height = figure.get_figheight()
        axes = figure.add_axes((0.07, 0.42 / height, 0.77, 1 - 0.85 / height))
        contours = _draw(axes, film, index)
        bar = figure.colorbar(contours, cax=axes.inset_axes((1.02, 0, 0.03, 1)), format="%.3g")
        bar.set_label(film.score)
        axes.set_title(_title(film, index))
        axes.legend(loc="upper right", ncols=2, framealpha=0.9, handletextpad=0.1, markerscale=1.3)
        return figure


def strip(film: PointsFilm, count: int = 6) -> Figure:
    """`count` moments of `film` in two rows, closer together where it changes fast, at its beginning."""
    chosen = np.unique(np.geomspace(1, len(film), count).round().astype(int) - 1)
    columns = -(-len(chosen) // 2)
    with mpl.rc_context({**RC, "font.size": 9, "axes.titlesize": 10}):
        width = 10.0
        figure = Figure(figsize=(width, 2 * (width / columns * film.aspect + 0.35)), layout="constrained")
        for place, index in enumerate(chosen):
            axes = figure.add_subplot(2, columns, place + 1)
            _draw(axes, film, int(index), marker_size=7)
            axes.set_title(_title(film, int(index)))
            axes.set_xticks([])
            axes.set_yticks([])
            if place == 0:
                axes.legend(loc="upper right", handletextpad=0.1, markerscale=1.6)
        return figure


def scatter(points: NDArray[np.floating]) -> Figure:
    """Points (n, 2) alone, with equal axes."""
    with mpl.rc_context(RC):
        figure = Figure(figsize=(WIDTH, 0.7 * WIDTH), layout="constrained")
        axes = figure.add_subplot()
        axes.scatter(points[:, 0], points[:, 1], s=14, marker="+", linewidths=0.9, color=GENERATED)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_title(f"{len(points)} generated points")
        return figure


def _title(film: PointsFilm, index: int) -> str:
    return f"{film.name}, {film.times[index]}, w2_ratio {film.ratios[index]:.2f}"


def _draw(axes: Axes, film: PointsFilm, index: int, marker_size: float = 14) -> QuadContourSet:
    levels = film.levels()
    contours = axes.contourf(film.x, film.y, film.surface[index], levels=levels, cmap=SURFACE, extend="both")
    for points, marker, colour, alpha, label in (
        (film.held_out, "x", REAL, 1.0, "held out"),
        (film.samples[index], "+", GENERATED, 0.5, "generated"),
    ):
        x, y = points.T
        axes.scatter(x, y, s=marker_size, marker=marker, linewidths=0.7, color=colour, alpha=alpha, label=label)
    axes.set_aspect("equal")
    axes.set_xlim(film.x[0], film.x[-1])
    axes.set_ylim(film.y[0], film.y[-1])
    return contours
