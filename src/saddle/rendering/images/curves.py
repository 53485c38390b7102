"""Curves of an image variant's training."""

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from saddle.rendering.shared.style import GENERATED, MARK, RC, REAL


def training_curves(
    log: pd.DataFrame, title: str, *, score: str, is_probability: bool, equilibrium: float | None
) -> Figure:
    """Both losses, and what the discriminator says of real and of generated images, over the steps.

    log: its columns step, d_loss, g_loss, d_real and d_fake. score: what the discriminator's figures are called.
    A probability is drawn on [0, 1]; any other score may lie anywhere. equilibrium: the score at which real and
    generated images can no longer be told apart, drawn as a broken line; None if there is none.
    """
    with mpl.rc_context(RC):
        figure = Figure(figsize=(9.0, 3.6), layout=ConstrainedLayoutEngine(wspace=0.06))
        figure.suptitle(title)
        losses, scores = figure.subplots(1, 2)
        losses.plot(log["step"], log["d_loss"], color=REAL, label="discriminator")
        losses.plot(log["step"], log["g_loss"], color=GENERATED, label="generator")
        losses.set_ylabel("loss")
        if equilibrium is not None:
            scores.axhline(equilibrium, color=MARK, linewidth=1, linestyle="--", label=f"equilibrium, {equilibrium:g}")
        scores.plot(log["step"], log["d_real"], color=REAL, label="real")
        scores.plot(log["step"], log["d_fake"], color=GENERATED, label="generated")
        if is_probability:
            scores.set_ylim(0, 1)
        scores.set_ylabel(score)
        for axes in (losses, scores):
            axes.set_xlabel("step")
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.xaxis.set_major_formatter("{x:,.0f}")
            # Above the curves, which may be anywhere.
            axes.legend(fontsize=9, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
        return figure
