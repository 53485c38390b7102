"""Every text of every figure lies inside it, and no two overlap: with the longest names, and the widest values."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from saddle.rendering.comparison import Cloud, Curves, clouds_at, w2_panels
from saddle.rendering.images import training_curves
from saddle.rendering.points import LOOKS, PointsFilm, centred, frame, strip

# A pixel of rounding is no fault.
SLACK = 1.0


def visible_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that the figure shows, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = _labels_beyond_the_axes(figure)
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def _labels_beyond_the_axes(figure: Figure) -> set[Artist]:
    """The labels of ticks that lie outside the limits of their axis; Matplotlib has them, but never draws them."""
    hidden: set[Artist] = set()
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        for axis in (axes.xaxis, axes.yaxis):
            drawn = set(axis._update_ticks())  # type: ignore[attr-defined]
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {label for tick in ticks if tick not in drawn for label in (tick.label1, tick.label2)}
    return hidden


def check_texts(figure: Figure) -> None:
    """Assert that every text lies inside the figure, and that no two overlap."""
    texts = visible_texts(figure)
    assert texts
    width, height = figure.bbox.width, figure.bbox.height
    for name, box in texts:
        inside = box.x0 >= -SLACK and box.y0 >= -SLACK and box.x1 <= width + SLACK and box.y1 <= height + SLACK
        assert inside, f"{name!r} reaches out of the figure: {box} in {width:.0f} x {height:.0f}"
    for (name, box), (other, other_box) in combinations(texts, 2):
        overlap = Bbox.intersection(box, other_box)
        apart = overlap is None or overlap.width <= SLACK or overlap.height <= SLACK
        assert apart, f"{name!r} and {other!r} overlap"


RNG = np.random.default_rng(0)
NAMES = {"wgan_gp": "WGAN-GP", "gan": "GAN", "rmsprop": "RMSprop"}


def title(name: str) -> str:
    return NAMES.get(name, name)


def film(look: str, *, probability: bool, height: float = 0.6, scale: float = 1.0) -> PointsFilm:
    x, y = np.linspace(-1, 2, 40), np.linspace(0, 3 * height, 30)
    return PointsFilm(
        name="WGAN-GP",
        x=x,
        y=y,
        surface=RNG.random((7, 30, 40)) if probability else centred(scale * RNG.normal(size=(7, 30, 40))),
        samples=RNG.normal(size=(7, 50, 2)),
        real=RNG.normal(size=(50, 2)),
        real_name="held out",
        times=[f"step {1000 * index:,}" for index in range(7)],
        distances=[12.345, 1.0, 0.5, 0.1, 0.05, 0.0333, 0.0321],
        score="D(x), probability of real" if probability else "critic's value less its mean",
        is_probability=probability,
        look=LOOKS[look],
    )


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("probability", [True, False])
@pytest.mark.parametrize("height", [1.0, 0.4])
def test_points(look: str, probability: bool, height: float) -> None:
    for scale in (1e-5, 1e4):
        shown = film(look, probability=probability, height=height, scale=scale)
        check_texts(frame(shown, 0))
        check_texts(frame(shown, 6))
    check_texts(strip(shown))


def test_the_comparison() -> None:
    epochs = np.arange(0.0, 330, 10)
    runs = 10 ** RNG.normal(size=(3, 33)).cumsum(1) / 100
    table = {
        variant: {
            "rmsprop": Curves(epochs, runs, 0),
            "adam": Curves(epochs, runs[:1] * 3, 2),
            "sgd": Curves(np.empty(0), np.empty((0, 0)), 2),
        }
        for variant in ("gan", "wgan", "wgan_gp")
    }
    check_texts(w2_panels(table, 0.027, title))
    check_texts(w2_panels({"gan": {"rmsprop": Curves(epochs, runs, 0)}}, 0.027, title))
    cloud = Cloud(RNG.normal(size=(2, 30, 2)), [12.3, 0.0312], ["epoch 0", "epoch 320"])
    lost = Cloud(np.empty((0, 0, 2)), [], [])
    clouds = {v: {"rmsprop": cloud, "adam": lost, "sgd": cloud} for v in ("gan", "wgan", "wgan_gp")}
    check_texts(clouds_at(clouds, RNG.normal(size=(30, 2)) * [1, 0.3], -1, title))


@pytest.mark.parametrize("steps", [20, 120_000])
@pytest.mark.parametrize("probability", [True, False])
def test_the_curves_of_images(steps: int, probability: bool) -> None:
    count = 90
    log = pd.DataFrame(RNG.normal(size=(count, 4)), columns=["d_loss", "g_loss", "d_real", "d_fake"])
    log["step"] = np.linspace(1, steps, count).round()
    score = "D(x), probability of real" if probability else "critic's value"
    for scale in (1.0, 1e3):
        figure = training_curves(
            log.assign(d_loss=log["d_loss"] * scale),
            "MLP with dropout",
            score=score,
            is_probability=probability,
            equilibrium=0.5 if probability else None,
        )
        check_texts(figure)
