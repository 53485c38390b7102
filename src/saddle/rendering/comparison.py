"""Pictures of many runs: of the comparison of optimizers, and of a sweep."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from saddle.rendering.shared.figures import pixels
from saddle.rendering.shared.style import GENERATED, MARK, RC, REAL, count_outside, fit, legend, look, window

MARGIN = 0.08  # around the points, in the larger extent of the held-out ones
PANEL, LEAST_WIDTH = 10 / 3, 5.0  # inches, of the curves
COLUMN = 3.0  # inches, of the clouds
DOTS_ROW, DOTS_PANEL = 0.34, 3.4  # inches
LEGEND_ENTRY = 1.6  # inches that the longest takes


@dataclass(frozen=True)
class Curves:
    """W2 over the epochs of all runs of one cell: epoch (snapshots,), w2 (runs, snapshots).

    diverged: how many further runs did.
    """

    epoch: NDArray[np.float64]
    w2: NDArray[np.float64]
    diverged: int


@dataclass(frozen=True)
class Cloud:
    """One run's generated points: samples (snapshots, n, 2), empty if it diverged, their W2, and the times in words."""

    samples: NDArray[np.floating]
    distances: Sequence[float]
    times: Sequence[str]


# Variant -> optimizer -> what is drawn. All variants have the same optimizers, in the same order.
Table = dict[str, dict[str, Curves]]
Clouds = dict[str, dict[str, Cloud]]
# What the pictures call a variant or an optimizer.
Title = Callable[[str], str]


def w2_panels(table: Table, floor: float, title: Title) -> Figure:
    """One panel a variant: W2 of every run over the epochs, and above them the median of each optimizer's runs.

    An optimizer's colour and line follow from its place among the optimizers.
    """
    with mpl.rc_context(RC):
        width = max(PANEL * len(table), LEAST_WIDTH)
        figure = Figure(figsize=(width, 3.6), layout="constrained")
        panels = figure.subplots(1, len(table), sharey=True, squeeze=False)[0]
        for axes, (variant, optimizers) in zip(panels, table.items(), strict=True):
            words = ["epoch"]
            for place, (optimizer, curves) in enumerate(optimizers.items()):
                _runs(axes, title(optimizer), place, curves)
                if curves.diverged:
                    count = curves.diverged + len(curves.w2)
                    words.append(f"{title(optimizer)}: {curves.diverged} of {count} runs diverged")
            axes.axhline(floor, color=MARK, linewidth=1, linestyle=(0, (1, 2)), label="floor: real points")
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
            fit(width / len(table) - 0.4, axes.set_title(title(variant)))
            axes.set(xlabel="\n".join(words))
        panels[0].set_ylabel("W2 to held-out points")
        legend(figure, columns=int(width / LEGEND_ENTRY), loc="outside upper center", fontsize=9)
        return figure


def _runs(axes: Axes, title: str, place: int, curves: Curves) -> None:
    colour, line = look(place)
    for run in curves.w2:
        axes.plot(curves.epoch, run, color=colour, linewidth=0.7, alpha=0.35)
    # Where all diverged, an empty line still has its place in the legend.
    median = np.median(curves.w2, axis=0) if len(curves.w2) else np.empty(0)
    axes.plot(curves.epoch[: len(median)], median, color=colour, linestyle=line, linewidth=2, label=title)


def clouds_at(clouds: Clouds, held_out: NDArray[np.floating], index: int, title: Title) -> Figure:
    """Rows of variants, columns of optimizers: generated points of snapshot `index` over the held-out ones.

    The frame holds how each run begins and how it ends.
    """
    with mpl.rc_context({**RC, "font.size": 9, "axes.titlesize": 10}):
        rows, columns = len(clouds), len(next(iter(clouds.values())))
        ends = [
            run.samples[end] for row in clouds.values() for run in row.values() if len(run.samples) for end in (0, -1)
        ]
        shown, aspect = window(held_out, ends, MARGIN)
        figure = Figure(figsize=(COLUMN * columns, rows * (COLUMN * aspect + 0.3)), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False)
        times = [cloud.times[index] for row in clouds.values() for cloud in row.values() if len(cloud.samples)]
        if times:
            figure.suptitle(times[0], fontsize=11)
        for row, (variant, optimizers) in zip(panels, clouds.items(), strict=True):
            for axes, (optimizer, cloud) in zip(row, optimizers.items(), strict=True):
                axes.scatter(*held_out.T, s=5, marker="x", linewidths=0.5, color=REAL, label="held out")
                axes.set(**shown)
                right = _draw(axes, cloud, index)
                fit(COLUMN - 0.4, axes.set_title(f"{title(variant)}, {title(optimizer)}", loc="left"), right)
        legend(figure, markerscale=2)
        return figure


def _draw(axes: Axes, cloud: Cloud, index: int) -> Text:
    """The generated points, and above them on the right how far they are."""
    if len(cloud.samples):
        x, y = cloud.samples[index].T
        axes.scatter(x, y, s=5, marker="+", linewidths=0.5, color=GENERATED, alpha=0.6, label="generated")
        count_outside(axes, cloud.samples[index])
        return axes.set_title(f"W2 {cloud.distances[index]:#.3g}", loc="right", fontsize="medium")
    return axes.set_title("diverged", loc="right", fontsize="medium", color=MARK)


def cloud_frames(
    clouds: Clouds, held_out: NDArray[np.floating], every: int, title: Title
) -> Iterator[NDArray[np.uint8]]:
    """`clouds_at` for every `every`-th snapshot and the last, as images."""
    count = max(len(cloud.samples) for row in clouds.values() for cloud in row.values())
    for index in sorted({*range(0, count, every), count - 1}):
        yield pixels(clouds_at(clouds, held_out, index, title))


def dots(groups: Mapping[tuple[str, str], Mapping[str, Sequence[float | None]]], missing: Mapping[str, str]) -> Figure:
    """The runs of a sweep at a glance: a panel a metric; in it one row a group, its runs as dots, their median a bar.

    groups: by variant and settings, in words, the values of each metric, the same metrics in all groups; None for a run
    that has none, which stands to the right of the others as a cross. missing: what a cross means, by metric. Settings
    have the same colour in all variants.
    """
    names = list(groups)
    settings = list(dict.fromkeys(setting for _, setting in names))
    with mpl.rc_context(RC):
        figure = Figure(figsize=(DOTS_PANEL * len(missing) + 2.5, DOTS_ROW * len(names) + 1.2), layout="constrained")
        panels = figure.subplots(1, len(missing), sharey=True, squeeze=False)[0]
        for axes, metric in zip(panels, missing, strict=True):
            rows = [groups[name][metric] for name in names]
            _dots(axes, rows, [look(settings.index(setting))[0] for _, setting in names], missing[metric])
            axes.set_xlabel(metric)
        panels[0].set_yticks(range(len(names)), [" ".join(filter(None, name)) for name in names])
        panels[0].invert_yaxis()
        return figure


def _dots(axes: Axes, rows: Sequence[Sequence[float | None]], colours: Sequence[str], missing: str) -> None:
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
