"""Curves of a training: drawn as the score asks for."""

import pandas as pd
from matplotlib.axes import Axes

from saddle.core.score import CRITIC_VALUE, PROBABILITY, Score
from saddle.rendering.images import training_curves


def scores_panel(score: Score, low: float, high: float) -> Axes:
    log = pd.DataFrame({"step": [1, 2], "d_loss": [0.0, 1.0], "g_loss": [0.0, 1.0]})
    log = log.assign(d_real=[low, high], d_fake=[high, low])
    figure = training_curves(
        log, "mine", score=score.name, is_probability=score.is_probability, equilibrium=score.equilibrium
    )
    return figure.axes[1]


def test_a_probability_is_on_its_range_with_its_equilibrium() -> None:
    axes = scores_panel(PROBABILITY, 0.2, 0.4)
    assert axes.get_ylim() == (0, 1)
    assert any(list(line.get_ydata()) == [0.5, 0.5] for line in axes.lines)  # type: ignore[arg-type]
    assert "equilibrium, 0.5" in [text.get_text() for text in axes.get_legend().get_texts()]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "D(x), probability of real")


def test_a_critics_values_are_not_cut_off_and_have_no_equilibrium() -> None:
    axes = scores_panel(CRITIC_VALUE, -5.6, 2.7)
    low, high = axes.get_ylim()
    assert low < -5.6
    assert high > 2.7
    assert len(axes.lines) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["real", "generated"]
    assert axes.get_ylabel() == "critic's value"
