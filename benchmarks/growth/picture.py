"""The curves as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.growth.cases import CASES
from benchmarks.growth.fits import Fit
from saddle.files import replacing

Measured = Mapping[int, tuple[float, float]]

POINTS, LINE = "#0072B2", "#D55E00"


def draw(
    path: Path,
    cases: Mapping[str, Measured],
    fits: Mapping[str, tuple[Fit, Fit]],
    sweeps: Sequence[Mapping[str, float]],
) -> None:
    """Above: seconds a step, and of sweeps; below: peak memory, and what the second worker gains.

    Points are measured, lines fitted; those of sweeps only connect what is measured.
    """
    figure = Figure(figsize=(12.5, 6.6), layout="constrained")
    axes = figure.subplots(2, 4)
    for column, (name, measured) in enumerate(cases.items()):
        case, sizes = CASES[name], sorted(measured)
        for row, (label, scale, size_of) in enumerate(
            (("seconds a step", 1.0, case.work), ("peak memory, MB", 1e-6, case.kept))
        ):
            panel, fit = axes[row, column], fits[name][row]
            panel.plot(sizes, [measured[size][row] * scale for size in sizes], "o", color=POINTS, label="measured")
            panel.plot(sizes, [fit.at(size_of(size)) * scale for size in sizes], color=LINE, label="fitted")
            _logarithmic(panel, sizes)
            panel.set(xlabel=case.unit, ylabel=label)
        axes[0, column].set_title(case.what)
    axes[0, 0].legend(frameon=False)
    runs = sorted({int(entry["runs"]) for entry in sweeps})
    seconds = {(int(entry["runs"]), int(entry["workers"])): entry["seconds"] for entry in sweeps}
    for workers, colour in ((1, POINTS), (2, LINE)):
        label = f"{workers} worker{'s' if workers > 1 else ''}"
        axes[0, 3].plot(runs, [seconds[count, workers] for count in runs], "o-", color=colour, label=label)
    axes[0, 3].set(xlabel="runs", ylabel="seconds in all", title="Sweep of runs of 3 seconds")
    axes[0, 3].legend(frameon=False)
    axes[1, 3].plot(runs, [seconds[count, 1] / seconds[count, 2] for count in runs], "o-", color=POINTS)
    axes[1, 3].set(xlabel="runs", ylabel="times as fast with 2 workers")
    for panel in axes[:, 3]:
        _logarithmic(panel, runs)
    axes[1, 3].set_yscale("linear")
    axes[1, 3].set_ylim(0.9, 2.1)
    with replacing(path) as part:
        figure.savefig(part, dpi=110, format="png")


def _logarithmic(panel: Axes, sizes: Sequence[int]) -> None:
    """Both axes, with a tick at each size, and on the other more ticks the less it spans."""
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=45 if max(sizes) > 999 else 0)
    low, high = panel.get_ylim()
    panel.yaxis.set_major_locator(
        LogLocator(subs=(1.0, 2.0, 5.0) if high > 10 * low else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
    )
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.4g}")
    panel.minorticks_off()
