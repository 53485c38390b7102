"""Pictures of the comparison: any number of optimizers, titles from outside, diverged runs shown as such."""

import numpy as np

from saddle.rendering.comparison import Curves, dots, w2_panels

TITLES = {"gan": "GAN", "rmsprop": "RMSprop", "adam": "Adam"}
TIMES = np.array([0.0, 1.0])


def title(name: str) -> str:
    return TITLES.get(name, name)


def test_panels_count_diverged_runs_and_name_every_optimizer_once() -> None:
    none, two = Curves(np.empty(0), np.empty((0, 0)), 2), Curves(TIMES, np.ones((2, 2)), 0)
    curves = {"gan": {"rmsprop": two, "adam": none}, "wgan": {"rmsprop": two, "adam": two}}
    figure = w2_panels(curves, 0.1, title)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["RMSprop", "Adam", "floor: real points"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["epoch\nAdam: 2 of 2 runs diverged", "epoch"]


def test_a_panel_shows_every_run_and_the_median_over_them() -> None:
    runs = np.array([[9.0, 1.0], [9.0, 2.0], [9.0, 30.0]])
    axes = w2_panels({"gan": {"rmsprop": Curves(TIMES, runs, 0)}}, 0.1, title).axes[0]
    drawn = [np.asarray(line.get_ydata()) for line in axes.get_lines()]
    for run in runs:
        assert any(np.array_equal(line, run) for line in drawn)
    bold = max(axes.get_lines(), key=lambda line: line.get_linewidth())
    assert np.array_equal(np.asarray(bold.get_ydata()), [9.0, 2.0])


def test_a_sweeps_picture_has_a_row_for_each_setting_and_says_what_is_missing() -> None:
    values: dict[str, list[float | None]] = {"w2_ratio": [1.2, 4.5], "epochs_to_fit": [30.0, None]}
    figure = dots(
        {("GAN", "fakes=shared"): values, ("WGAN", "fakes=shared"): values},
        {"w2_ratio": "diverged", "epochs_to_fit": "never"},
    )
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["GAN fakes=shared", "WGAN fakes=shared"]
    assert [text.get_text() for axes in (left, right) for text in axes.texts] == ["never"]
    assert (left.get_xlabel(), right.get_xlabel()) == ("w2_ratio", "epochs_to_fit")
    # The run that never fits stands to the right of all that do.
    crosses = right.collections[1].get_offsets()
    assert len(crosses) == 1
    assert crosses[0][0] > 30
