"""The runs of a sweep at a glance: a dot for each run, a row for each variant and its settings."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from saddle.rendering.shared.style import MARK, RC, look

ROW, PANEL = 0.34, 3.4  # inches


def dots(groups: Mapping[tuple[str, str], Mapping[str, Sequence[float | None]]], missing: Mapping[str, str]) -> Figure:
    """One panel a metric; in it one row a group, its runs as dots and their median as a bar.

    groups: by variant and settings, in words, the values of each metric, the same metrics in all groups; None for a run
    that has none, which stands to the right of the others as a cross. missing: what a cross means, by metric. Settings
    have the same colour in all variants.
    """
    names = list(groups)
    settings = list(dict.fromkeys(setting for _, setting in names))
    with mpl.rc_context(RC):
        figure = Figure(figsize=(PANEL * len(missing) + 2.5, ROW * len(names) + 1.2), layout="constrained")
        panels = figure.subplots(1, len(missing), sharey=True, squeeze=False)[0]
        for axes, metric in zip(panels, missing, strict=True):
            rows = [groups[name][metric] for name in names]
            _panel(axes, rows, [look(settings.index(setting))[0] for _, setting in names], missing[metric])
            axes.set_xlabel(metric)
        panels[0].set_yticks(range(len(names)), [" ".join(filter(None, name)) for name in names])
        panels[0].invert_yaxis()
        return figure


def _panel(axes: Axes, rows: Sequence[Sequence[float | None]], colours: Sequence[str], missing: str) -> None:
    known = [value for row in rows for value in row if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    beyond = high + 0.12 * ((high - low) or 1.0)
    for place, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        values = np.array([beyond if value is None else value for value in row])
        lost = np.array([value is None for value in row], bool)
        # Equal values beside each other, in the order of the seeds.
        y = place + np.linspace(-0.2, 0.2, len(values)) if len(values) > 1 else np.array([float(place)])
        axes.scatter(values[~lost], y[~lost], s=22, color=colour, alpha=0.8, linewidths=0)
        axes.scatter(values[lost], y[lost], s=26, marker="x", color=colour)
        axes.plot([np.median(values)] * 2, [place - 0.33, place + 0.33], color=colour, linewidth=2)
    if any(value is None for row in rows for value in row):
        axes.axvline((high + beyond) / 2, color=MARK, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.text(beyond, 1.01, missing, transform=axes.get_xaxis_transform(), ha="center", fontsize=9, color=MARK)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
