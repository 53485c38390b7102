"""Pictures of the comparison: any number of optimizers, titles from outside, diverged runs shown as such."""

import numpy as np

from saddle.rendering.comparison.panels import Cloud, Curves, cloud_frames, clouds_at, w2_panels
from saddle.rendering.shared.style import look

RNG = np.random.default_rng(0)
HELD_OUT = RNG.normal(size=(30, 2))
TITLES = {"gan": "GAN", "rmsprop": "RMSprop", "adam": "Adam"}


def title(name: str) -> str:
    return TITLES.get(name, name)


def test_clouds_show_a_diverged_run_as_such() -> None:
    clouds = {
        "gan": {
            "rmsprop": Cloud(RNG.normal(size=(3, 9, 2)), [3.0, 2.0, 1.0], [0.0, 1.0, 2.0]),
            "adam": Cloud(np.empty((0, 0, 2)), [], []),
        }
    }
    picture = clouds_at(clouds, HELD_OUT, -1, title)
    assert picture.get_suptitle() == "epoch 2"
    assert [axes.get_title() for axes in picture.axes] == ["GAN, RMSprop: w2_ratio 1.00", "GAN, Adam"]
    assert [text.get_text() for text in picture.axes[1].texts] == ["diverged"]
    assert [text.get_text() for text in picture.legends[0].get_texts()] == ["held out", "generated"]
    assert len(list(cloud_frames(clouds, HELD_OUT, every=2, title=title))) == 2


def test_panels_count_diverged_runs() -> None:
    curves = {
        "gan": {
            "rmsprop": Curves(np.array([0.0, 1.0]), np.ones((2, 2)), 0),
            "adam": Curves(np.empty(0), np.empty((0,)), 2),
        }
    }
    labels = [text.get_text() for text in w2_panels(curves, 0.1, title).legends[0].get_texts()]
    assert labels == ["RMSprop", "Adam (2 diverged)"]


def test_any_name_and_any_number_of_optimizers_can_be_drawn() -> None:
    curve = Curves(np.array([0.0, 1.0]), np.ones((2, 2)), 0)
    names = [f"mine{index}" for index in range(9)]
    figure = w2_panels({"one": dict.fromkeys(names, curve), "two": dict.fromkeys(names, curve)}, 0.1, title)
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names


def test_looks_are_told_apart_and_the_first_are_those_of_the_reports_optimizers() -> None:
    assert [look(place) for place in range(3)] == [("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", ":")]
    assert len({look(place) for place in range(28)}) == 28
