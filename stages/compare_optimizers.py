"""Train every points variant with every optimizer over several seeds, and compare them."""

import shutil
import sys
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from saddle.comparison.cluster import completed, connected, default_workers
from saddle.comparison.perform import fingerprint, perform, store_path
from saddle.comparison.runs import Cell, Run, cells, load_run, run_path, save_run
from saddle.comparison.statistics import summarize
from saddle.config import Settings, load_settings
from saddle.errors import reports_user_errors
from saddle.files import read_arrays, replacing, write_json
from saddle.metrics.points.convergence import epochs_to_fit, stability
from saddle.metrics.points.measuring import Points, Protocol, w2_floor

# Finished runs wait here for the others; emptied when all are there.
UNFINISHED = Path("data/unfinished/comparison")
FINISHED = Path("data/samples/optimizers")
# Where stage train_points may have left a run of the comparison. It is no dependency: the run would be the same.
DATA = Path("data")


@reports_user_errors
def main() -> None:
    """Read the prepared points; write all runs, a table of them, and the statistics."""
    settings = load_settings()
    evaluation = settings.points.evaluation
    protocol = Protocol(max_points=settings.points.max_points, **evaluation.model_dump())
    points = read_arrays("data/prepared/points.npz", ("train", "test"))
    train, test = points["train"], points["test"]
    floor = w2_floor(train, test, protocol, settings.seed)
    runs = all_runs(settings, train, test, protocol)
    shutil.rmtree(FINISHED, ignore_errors=True)
    for run in runs:
        save_run(run_path(FINISHED, run.cell), run)
    with replacing("plots/optimizers/runs.csv") as part:
        rows = pd.DataFrame([_row(run, floor, protocol.fit_threshold) for run in runs])
        rows.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")
    write_json("metrics/optimizers.json", summarize(runs, floor, protocol.fit_threshold))
    shutil.rmtree(UNFINISHED, ignore_errors=True)


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
    return perform(settings, cell, train, test, protocol, DATA)


def _row(run: Run, floor: float, threshold: float) -> dict[str, object]:
    known = not run.diverged
    ratios = (run.w2_over_time / floor).tolist()
    return {
        "variant": run.cell.variant,
        "optimizer": run.cell.optimizer,
        "seed": run.cell.seed,
        "w2": run.w2,
        "w2_floor": floor,
        "w2_ratio": run.w2 / floor,
        "epochs_to_fit": epochs_to_fit(run.epoch.tolist(), ratios, threshold) if known else None,
        "stability": stability(run.w2_over_time.tolist()) if known else None,
        "diverged": run.diverged,
    }


if __name__ == "__main__":
    main()
