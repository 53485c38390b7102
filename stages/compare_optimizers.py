"""Train every points variant with every optimizer over several seeds, and compare them."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from saddle.comparison.cluster import completed, connected, default_workers
from saddle.comparison.runs import Cell, Run, cells, fingerprint, load_run, perform, save_run, store_path
from saddle.comparison.statistics import summarize
from saddle.config import Settings, load_settings
from saddle.errors import reports_user_errors
from saddle.files import read_arrays, replacing, write_json
from saddle.metrics.convergence import epochs_to_fit, stability
from saddle.metrics.points import Points, Protocol, w2_floor
from saddle.rendering.animation import write_gif
from saddle.rendering.comparison import Cloud, Curves, cloud_frames, clouds_at, w2_panels

# Finished runs wait here for the others; emptied when all are there.
UNFINISHED = Path("data/unfinished/comparison")
FOLDER = Path("plots/optimizers")
FRAMES_EVERY = 2


@reports_user_errors
def main() -> None:
    """Read the prepared points; write the statistics, the curves, the clouds and a row for each run."""
    settings = load_settings()
    evaluation = settings.points.evaluation
    protocol = Protocol(max_points=settings.points.max_points, **evaluation.model_dump())
    points = read_arrays("data/prepared/points.npz", ("train", "test"))
    train, test = points["train"], points["test"]
    floor = w2_floor(train, test, protocol, settings.seed)
    runs = all_runs(settings, train, test, protocol)
    write_outputs(settings, runs, test[: protocol.max_points], floor, protocol.fit_threshold)
    for path in UNFINISHED.glob("*.npz"):
        path.unlink()


def all_runs(settings: Settings, train: Points, test: Points, protocol: Protocol) -> list[Run]:
    """Every cell's run, taken from the store where an interrupted comparison left it, else performed."""
    wanted = cells(settings)
    paths = {cell: store_path(UNFINISHED, cell, fingerprint(settings, cell, train, test, protocol)) for cell in wanted}
    runs = {cell: run for cell in wanted if (run := load_run(paths[cell], cell)) is not None}
    missing = [cell for cell in wanted if cell not in runs]
    interval = 0.5 if sys.stderr.isatty() else 10.0
    with tqdm(total=len(wanted), initial=len(runs), desc="comparison", unit="run", mininterval=interval) as bar:
        if missing:
            comparison = settings.comparison
            workers = comparison.workers or default_workers(settings.device)
            work = partial(_perform, settings, train, test, protocol)
            with connected(comparison.scheduler, min(workers, len(missing))) as client:
                for cell, run in completed(client, work, missing):
                    save_run(paths[cell], run)
                    runs[cell] = run
                    bar.set_postfix_str(cell.name + (" diverged" if run.diverged else f" W2 {run.w2:.3f}"))
                    bar.update()
    return [runs[cell] for cell in sorted(wanted)]


def _perform(settings: Settings, train: Points, test: Points, protocol: Protocol, cell: Cell) -> Run:
    return perform(settings, cell, train, test, protocol)


def write_outputs(settings: Settings, runs: Sequence[Run], held_out: Points, floor: float, threshold: float) -> None:
    """Write metrics/optimizers.json and everything in plots/optimizers."""
    write_json("metrics/optimizers.json", summarize(runs, floor, threshold))
    with replacing(FOLDER / "runs.csv") as part:
        rows = pd.DataFrame([_row(run, floor, threshold) for run in runs])
        rows.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")

    variants: list[str] = list(dict.fromkeys(run.cell.variant for run in runs))
    optimizers: list[str] = list(settings.comparison.optimizers)
    by_cell: dict[tuple[str, str, int], Run] = {
        (run.cell.variant, run.cell.optimizer, run.cell.seed): run for run in runs
    }

    def of(variant: str, optimizer: str) -> list[Run]:
        return [run for run in runs if (run.cell.variant, run.cell.optimizer) == (variant, optimizer)]

    table = {v: {o: _curves(of(v, o)) for o in optimizers} for v in variants}
    first = settings.comparison.seeds[0]
    clouds = {v: {o: _cloud(by_cell[v, o, first], floor) for o in optimizers} for v in variants}
    with replacing(FOLDER / "w2.png") as part:
        w2_panels(table, floor).savefig(part, metadata={"Software": None})
    if any(len(cloud.samples) for row in clouds.values() for cloud in row.values()):
        with replacing(FOLDER / "clouds.png") as part:
            clouds_at(clouds, held_out, -1).savefig(part, metadata={"Software": None})
        write_gif(FOLDER / "runs.gif", cloud_frames(clouds, held_out, FRAMES_EVERY))


def _row(run: Run, floor: float, threshold: float) -> dict[str, object]:
    known = not run.diverged
    ratios = (run.w2_over_time / floor).tolist()
    return {
        "variant": run.cell.variant,
        "optimizer": run.cell.optimizer,
        "seed": run.cell.seed,
        "w2": run.w2,
        "w2_ratio": run.w2 / floor,
        "epochs_to_fit": epochs_to_fit(run.epoch.tolist(), ratios, threshold) if known else None,
        "stability": stability(run.w2_over_time.tolist()) if known else None,
        "diverged": run.diverged,
    }


def _curves(runs: Sequence[Run]) -> Curves:
    sound = [run for run in runs if not run.diverged]
    epoch = sound[0].epoch if sound else np.empty(0)
    return Curves(epoch, np.array([run.w2_over_time for run in sound]), len(runs) - len(sound))


def _cloud(run: Run, floor: float) -> Cloud:
    return Cloud(run.samples, (run.w2_over_time / floor).tolist(), run.epoch.tolist())


if __name__ == "__main__":
    main()
