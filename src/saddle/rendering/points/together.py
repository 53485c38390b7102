"""All points variants side by side in motion: the film at the top of the README."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saddle.rendering.shared.figures import pixels
from saddle.rendering.shared.style import GENERATED, RC, REAL

COLUMN, LEAST_WIDTH = 3.3, 4.6  # inches; three columns are as wide as a page of a repository
MARGIN = 0.12  # around the real points, as a share of their larger extent


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
    """One moment of all `shots`."""
    low, high = real.min(0), real.max(0)
    margin = MARGIN * float((high - low).max())
    aspect = float((high[1] - low[1] + 2 * margin) / (high[0] - low[0] + 2 * margin))
    with mpl.rc_context({**RC, "font.size": 13, "axes.titlesize": 15}):
        figure = Figure(figsize=(max(COLUMN * len(shots), LEAST_WIDTH), COLUMN * aspect + 0.85), layout="constrained")
        panels = figure.subplots(1, len(shots), squeeze=False)[0]
        for axes, shot in zip(panels, shots, strict=True):
            now = min(index, len(shot.samples) - 1)
            axes.scatter(*real.T, s=9, marker="x", linewidths=0.7, color=REAL, label=real_name)
            axes.scatter(
                *shot.samples[now].T, s=9, marker="+", linewidths=0.7, color=GENERATED, alpha=0.7, label="generated"
            )
            axes.set_title(f"{shot.name}, {shot.times[now]}")
            axes.set_aspect("equal")
            axes.set_xlim(low[0] - margin, high[0] + margin)
            axes.set_ylim(low[1] - margin, high[1] + margin)
            axes.set_xticks([])
            axes.set_yticks([])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, markerscale=2.5)
        return figure
