"""Pictures of points variants: of one with its discriminator's surface, and of all side by side in motion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from saddle.rendering.shared.figures import pixels
from saddle.rendering.shared.style import GENERATED, RC, REAL, count_outside, fit, legend, moments, time_titles, window

WIDTH = 7.2  # inches; 720 pixels
# Of the film of all variants.
COLUMN, LEAST_WIDTH = 3.3, 4.6  # inches; three columns are as wide as a page of a repository
MARGIN = 0.12  # around the real points, as a share of their larger extent
MOST_LEVELS = 12
# Extreme values, at the window's corners mostly, would take the contrast from where the points are.
SHOWN_PERCENTILES = (1, 99)


@dataclass(frozen=True)
class Look:
    """How the pictures look.

    real, generated: the points' colours. colours: of the discriminator's surface. mesh: every cell of the grid in a
    colour of its own, rather than areas between contours.
    """

    real: str
    generated: str
    colours: Colormap
    mesh: bool


# Light enough at both ends for points of either colour to stand out on it.
GREY = LinearSegmentedColormap.from_list("grey", ["#8c8c8c", "#c9c9c9", "#ffffff"])
# From violet over white to green, all of them pale: in R1's own colours its blue crosses were lost in the blue end.
PALE = LinearSegmentedColormap.from_list("pale", ["#c2a5cf", "#f7f7f7", "#a6dba0"])
# As this project draws them, and as R1 did.
LOOKS = {"contours": Look(REAL, GENERATED, GREY, mesh=False), "mesh": Look("#0000ff", "#ff0000", PALE, mesh=True)}


@dataclass(frozen=True)
class PointsFilm:
    """What the pictures of one run show.

    x, y: the grid's coordinates. surface: (frames, len(y), len(x)), D as the objective scores it. samples:
    (frames, n, 2). real: (m, 2). real_name: what the legend calls them. times: a title a frame. distances: W2 of each
    frame's own sample to the held-out points. score: what the colour bar says. is_probability: whether it lies in
    [0, 1]. A surface of which only differences mean something, as a critic's, should come `centred`.
    """

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]
    surface: NDArray[np.floating]
    samples: NDArray[np.floating]
    real: NDArray[np.floating]
    real_name: str
    times: Sequence[str]
    distances: Sequence[float]
    score: str
    is_probability: bool
    look: Look = LOOKS["contours"]

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def aspect(self) -> float:
        """Height of the window over its width."""
        return float((self.y[-1] - self.y[0]) / (self.x[-1] - self.x[0]))

    def levels(self) -> NDArray[np.float64]:
        """The values at which the colour changes, round numbers, the same in all frames.

        So a colour means one value throughout. Probabilities are always shown from 0 to 1: a discriminator that says
        0.49 here and 0.50 there must look as undecided as it is.
        """
        if self.is_probability:
            return np.linspace(0, 1, 11)
        low, high = np.percentile(self.surface[1:] if len(self) > 1 else self.surface, SHOWN_PERCENTILES)
        if not high > low:
            low, high = low - 0.5, low + 0.5
        return np.asarray(MaxNLocator(MOST_LEVELS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))


def centred(surface: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each frame of `surface` (frames, ...) less its mean.

    A critic's values drift together, and only their differences mean something.
    """
    mean = surface.mean(axis=tuple(range(1, surface.ndim)), keepdims=True)
    return np.asarray(surface - mean)


def film_of(
    snapshots: Mapping[str, NDArray[Any]],
    name: str,
    real: NDArray[np.floating],
    real_name: str,
    distances: Sequence[float],
    *,
    by_step: bool = False,
    look: str = "contours",
) -> PointsFilm:
    """The film of a training's `snapshots`, arrays by the names that it writes. look: a key of `LOOKS`."""
    is_probability = bool(snapshots["score_is_probability"])
    surface, score = snapshots["surface"], str(snapshots["score_name"])
    if not is_probability:
        surface, score = centred(surface), f"{score} less its mean"
    times = time_titles(snapshots["epoch"].tolist(), snapshots["step"].tolist(), by_step=by_step)
    x, y, samples = snapshots["x"], snapshots["y"], snapshots["samples"]
    return PointsFilm(
        name, x, y, surface, samples, real, real_name, times, distances, score, is_probability, LOOKS[look]
    )


def frames(film: PointsFilm) -> Iterator[NDArray[np.uint8]]:
    """Every moment of `film` as an image, (height, width, 3)."""
    for index in range(len(film)):
        yield pixels(frame(film, index))


def frame(film: PointsFilm, index: int) -> Figure:
    """One moment of `film` with its axes, its colour bar and its legend."""
    with mpl.rc_context(RC):
        size = (WIDTH, 0.76 * WIDTH * film.aspect + 1.35)
        figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.1))
        axes = figure.add_subplot()
        surface = _draw(axes, film, index, f"{film.name}, {film.times[index]}", 0.7 * WIDTH)
        levels = film.levels()
        bar = figure.colorbar(surface, cax=axes.inset_axes((1.02, 0, 0.03, 1)), ticks=levels[:: 1 + len(levels) // 8])
        bar.set_label(film.score)
        axes.set(xlabel="x", ylabel="y")
        legend(figure, markerscale=1.5)
        return figure


def strip(film: PointsFilm, count: int = 6) -> Figure:
    """`count` moments of `film` in two rows, closer together where it changes fast, at its beginning."""
    chosen = moments(len(film), count)
    columns = -(-len(chosen) // 2)
    with mpl.rc_context({**RC, "axes.titlesize": 11}):
        width = 10.0
        figure = Figure(figsize=(width, 2 * (width / columns * film.aspect + 0.4) + 0.3), layout="constrained")
        for place, index in enumerate(chosen):
            axes = figure.add_subplot(2, columns, place + 1)
            _draw(axes, film, index, film.times[index], width / columns - 0.1, size=7)
            axes.set(xticks=[], yticks=[])
        fit(width, figure.suptitle(film.name))
        legend(figure, markerscale=2)
        return figure


def scatter(points: NDArray[np.floating]) -> Figure:
    """Points (n, 2) alone, with equal axes."""
    with mpl.rc_context(RC):
        figure = Figure(figsize=(WIDTH, 0.7 * WIDTH), layout="constrained")
        axes = figure.add_subplot()
        axes.scatter(points[:, 0], points[:, 1], s=14, marker="+", linewidths=0.9, color=GENERATED)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_title(f"{len(points)} generated points")
        axes.set(xlabel="x", ylabel="y")
        return figure


def _draw(axes: Axes, film: PointsFilm, index: int, title: str, width: float, size: float = 14) -> ScalarMappable:
    """One moment in `axes`, about `width` inches wide."""
    levels, look = film.levels(), film.look
    surface: ScalarMappable
    if look.mesh:
        surface = axes.pcolormesh(
            film.x, film.y, film.surface[index], cmap=look.colours, vmin=levels[0], vmax=levels[-1], rasterized=True
        )
    else:
        beyond = "neither" if film.is_probability else "both"
        surface = axes.contourf(film.x, film.y, film.surface[index], levels=levels, cmap=look.colours, extend=beyond)
    for points, marker, colour, alpha, label in (
        (film.real, "x", look.real, 1.0, film.real_name),
        (film.samples[index], "+", look.generated, 0.5, "generated"),
    ):
        x, y = points.T
        axes.scatter(
            x, y, s=size, marker=marker, linewidths=0.7, color=colour, alpha=alpha, label=label, rasterized=True
        )
    # Of the very points that are shown; the metrics are means over other samples.
    distance = f"W2 of these points {film.distances[index]:#.3g}"
    fit(width, axes.set_title(title, loc="left"), axes.set_title(distance, loc="right", fontsize="medium"))
    axes.set(aspect="equal", xlim=(film.x[0], film.x[-1]), ylim=(film.y[0], film.y[-1]))
    count_outside(axes, film.samples[index])
    return surface


@dataclass(frozen=True)
class Shot:
    """One variant: samples (frames, n, 2), and the time of each frame in words."""

    name: str
    samples: NDArray[np.floating]
    times: Sequence[str]


def together(shots: Sequence[Shot], real: NDArray[np.floating], real_name: str) -> Iterator[NDArray[np.uint8]]:
    """A frame for each moment; a shorter shot stays as it ended. real: (m, 2), the same in all, and their name."""
    for index in range(max(len(shot.samples) for shot in shots)):
        yield pixels(moment(shots, real, real_name, index))


def moment(shots: Sequence[Shot], real: NDArray[np.floating], real_name: str, index: int) -> Figure:
    """One moment of all `shots`, in a frame that holds how each begins and how it ends."""
    shown, aspect = window(real, [shot.samples[end] for shot in shots for end in (0, -1)], MARGIN)
    with mpl.rc_context({**RC, "font.size": 13, "axes.titlesize": 14}):
        figure = Figure(figsize=(max(COLUMN * len(shots), LEAST_WIDTH), COLUMN * aspect + 0.85), layout="constrained")
        panels = figure.subplots(1, len(shots), squeeze=False)[0]
        for axes, shot in zip(panels, shots, strict=True):
            now = min(index, len(shot.samples) - 1)
            axes.scatter(*real.T, s=9, marker="x", linewidths=0.7, color=REAL, label=real_name)
            axes.scatter(
                *shot.samples[now].T, s=9, marker="+", linewidths=0.7, color=GENERATED, alpha=0.7, label="generated"
            )
            fit(figure.get_figwidth() / len(shots) - 0.15, axes.set_title(f"{shot.name}, {shot.times[now]}"))
            axes.set(**shown)
            count_outside(axes, shot.samples[now])
        legend(figure, markerscale=2.5)
        return figure
