"""Curves of an image variant's training."""

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from saddle.rendering.shared.style import GENERATED, MARK, RC, REAL


def training_curves(
    log: pd.DataFrame, title: str, *, score: str, is_probability: bool, equilibrium: float | None
) -> Figure:
    """Both losses, and what the discriminator says of real and of generated images, over the epochs.

    log: its columns epoch, d_loss, g_loss, d_real and d_fake. score: what the discriminator's figures are called.
    A probability is drawn on [0, 1]; any other score may lie anywhere. equilibrium: the score at which real and
    generated images can no longer be told apart, drawn as a broken line; None if there is none.
    """
    with mpl.rc_context(RC):
        figure = Figure(figsize=(9.0, 3.4), layout="constrained")
        losses, scores = figure.subplots(1, 2)
        losses.plot(log["epoch"], log["d_loss"], color=REAL, label="discriminator")
        losses.plot(log["epoch"], log["g_loss"], color=GENERATED, label="generator")
        losses.set_title(f"{title}: losses")
        if equilibrium is not None:
            scores.axhline(equilibrium, color=MARK, linewidth=1, linestyle="--", label=f"equilibrium, {equilibrium:g}")
        scores.plot(log["epoch"], log["d_real"], color=REAL, label="real")
        scores.plot(log["epoch"], log["d_fake"], color=GENERATED, label="generated")
        if is_probability:
            scores.set_ylim(0, 1)
        scores.set_title(f"{title}: {score}")
        for axes in (losses, scores):
            axes.set_xlabel("epoch")
            axes.legend(fontsize=9, framealpha=0.9)
        return figure
