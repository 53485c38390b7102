"""Draw the comparison of optimizers: W2 over the epochs, the final clouds, and all clouds in motion."""

import numpy as np
import pandas as pd

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_table
from saddle.rendering.comparison import Cloud, Curves, cloud_frames, clouds_at, w2_panels
from saddle.rendering.shared.figures import write_gif, write_still
from stages import paths

FRAMES_EVERY = 2
CELL = ("variant", "optimizer", "seed")


def main() -> None:
    """Read the runs, their figures and the held-out points; write the pictures.

    The clouds are those of the first seed.
    """
    settings = load_settings()
    folder = paths.PLOTS / paths.OPTIMIZERS
    held_out = read_arrays(paths.prepared(), {"test": 2})["test"][: settings.points.max_points]
    runs = read_table(folder / "runs.csv", (*CELL, "w2_floor", "diverged"))
    # Where all runs diverged, no snapshot was measured: a table without rows, which `read_table` refuses.
    columns = (*CELL, "epoch", "sample_w2")
    sound = not runs["diverged"].all()
    distances = read_table(folder / "w2.csv", columns) if sound else pd.DataFrame(columns=columns)
    floor, first = float(runs["w2_floor"].iloc[0]), settings.comparison.seeds[0]
    variants = [name for name in settings.points.chosen_recipe().variants if (runs["variant"] == name).any()]
    optimizers = [name for name in settings.comparison.optimizers if (runs["optimizer"] == name).any()]
    diverged = runs[runs["diverged"]].groupby(["variant", "optimizer"]).size()

    def curves(variant: str, optimizer: str) -> Curves:
        # A run a row, a snapshot a column.
        by_run = _of(distances, variant, optimizer).pivot(index="seed", columns="epoch", values="sample_w2")
        lost = int(diverged.get((variant, optimizer), 0))
        return Curves(by_run.columns.to_numpy(np.float64), by_run.to_numpy(np.float64), lost)

    def cloud(variant: str, optimizer: str) -> Cloud:
        of_cell = _of(distances, variant, optimizer)
        w2 = of_cell.loc[of_cell["seed"] == first, "sample_w2"]
        run = read_arrays(paths.samples(paths.OPTIMIZERS, f"{variant}-{optimizer}-{first}"), {"epoch": 1, "samples": 3})
        return Cloud(run["samples"], w2.tolist(), [f"epoch {epoch:.0f}" for epoch in run["epoch"]])

    table = {v: {str(o): curves(v, o) for o in optimizers} for v in variants}
    clouds = {v: {str(o): cloud(v, o) for o in optimizers} for v in variants}
    write_still(folder / "w2.png", w2_panels(table, floor, settings.title))
    write_still(folder / "clouds.png", clouds_at(clouds, held_out, -1, settings.title))
    write_gif(folder / "runs.gif", cloud_frames(clouds, held_out, FRAMES_EVERY, settings.title))


def _of(table: pd.DataFrame, variant: str, optimizer: str) -> pd.DataFrame:
    return table[(table["variant"] == variant) & (table["optimizer"] == optimizer)]
