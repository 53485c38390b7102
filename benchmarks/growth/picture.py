"""The curves as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.growth.cases import CASES
from benchmarks.growth.fits import Fit
from saddle.files import replacing

Measured = Mapping[int, tuple[float, float]]


def draw(
    path: Path,
    cases: Mapping[str, Measured],
    fits: Mapping[str, tuple[Fit, Fit]],
    sweeps: Sequence[Mapping[str, float]],
) -> None:
    """Above: seconds a step, and of sweeps; below: peak memory. Points are measured, lines fitted."""
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    axes = figure.subplots(2, 4)
    for column, (name, measured) in enumerate(cases.items()):
        case, sizes = CASES[name], sorted(measured)
        for row, (label, scale) in enumerate((("seconds a step", 1.0), ("peak memory, MB", 1e-6))):
            panel, fit = axes[row, column], fits[name][row]
            panel.loglog(sizes, [measured[size][row] * scale for size in sizes], "o", color="#0072B2")
            panel.loglog(sizes, [fit.at(case.work(size)) * scale for size in sizes], color="#D55E00")
            panel.set(xlabel=case.unit, ylabel=label)
            panel.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=45)
            panel.minorticks_off()
        axes[0, column].set_title(case.what)
    panel = axes[0, 3]
    for workers, colour in ((1, "#0072B2"), (2, "#D55E00")):
        own = [entry for entry in sweeps if entry["workers"] == workers]
        label = f"{workers} worker{'s' if workers > 1 else ''}"
        panel.loglog(
            [entry["runs"] for entry in own], [entry["seconds"] for entry in own], "o-", color=colour, label=label
        )
    runs = sorted({int(entry["runs"]) for entry in sweeps})
    panel.set_xticks(runs, [str(count) for count in runs])
    panel.minorticks_off()
    panel.set(xlabel="runs", ylabel="seconds in all", title="Sweep of short runs")
    panel.legend()
    axes[1, 3].axis("off")
    with replacing(path) as part:
        figure.savefig(part, dpi=110, format="png")
