"""Draw the comparison of optimizers: W2 over the epochs, the final clouds, and all clouds in motion."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from saddle.comparison.runs import Run, cells, load_run, run_path
from saddle.config import load_settings
from saddle.errors import UserError, reports_user_errors
from saddle.files import read_arrays, read_table, replacing
from saddle.rendering.comparison.panels import Cloud, Curves, cloud_frames, clouds_at, w2_panels
from saddle.rendering.shared.gif import write_gif

RUNS = Path("data/samples/optimizers")
FOLDER = Path("plots/optimizers")
FRAMES_EVERY = 2


@reports_user_errors
def main() -> None:
    """Read all runs and the held-out points; write the pictures. The clouds are those of the first seed."""
    settings = load_settings()
    held_out = read_arrays("data/prepared/points.npz", ("test",))["test"][: settings.points.max_points]
    floor = float(read_table(FOLDER / "runs.csv", ("w2_floor",))["w2_floor"].iloc[0])
    wanted = cells(settings)
    runs = [_loaded(run_path(RUNS, cell), load_run(run_path(RUNS, cell), cell)) for cell in wanted]
    variants: list[str] = list(dict.fromkeys(cell.variant for cell in sorted(wanted)))
    optimizers = settings.comparison.optimizers
    first = settings.comparison.seeds[0]

    def of(variant: str, optimizer: str) -> list[Run]:
        return [run for run in runs if (run.cell.variant, run.cell.optimizer) == (variant, optimizer)]

    table = {v: {str(o): _curves(of(v, o)) for o in optimizers} for v in variants}
    by_seed: dict[tuple[str, str, int], Run] = {
        (run.cell.variant, run.cell.optimizer, run.cell.seed): run for run in runs
    }
    clouds = {v: {str(o): _cloud(by_seed[v, o, first], floor) for o in optimizers} for v in variants}
    with replacing(FOLDER / "w2.png") as part:
        w2_panels(table, floor).savefig(part, metadata={"Software": None})
    with replacing(FOLDER / "clouds.png") as part:
        clouds_at(clouds, held_out, -1).savefig(part, metadata={"Software": None})
    write_gif(FOLDER / "runs.gif", cloud_frames(clouds, held_out, FRAMES_EVERY))


def _loaded(path: Path, run: Run | None) -> Run:
    if run is None:
        raise UserError(f"{path}: not a run of the comparison; run the stage that writes it (dvc repro)")
    return run


def _curves(runs: Sequence[Run]) -> Curves:
    sound = [run for run in runs if not run.diverged]
    epoch = sound[0].epoch if sound else np.empty(0)
    return Curves(epoch, np.array([run.w2_over_time for run in sound]), len(runs) - len(sound))


def _cloud(run: Run, floor: float) -> Cloud:
    return Cloud(run.samples, (run.w2_over_time / floor).tolist(), run.epoch.tolist())


if __name__ == "__main__":
    main()
