"""Train one variant of the points experiment: `python -m stages train_points gan`."""

from saddle.config import load_settings
from saddle.core.files import read_arrays, write_arrays, write_table
from saddle.core.model_file import save_model
from saddle.core.process import use_threads
from saddle.experiments.points import optimizer_of, train_points, training_mark
from saddle.rendering.live.watching import live_page
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import COLUMNS
from stages import paths


def main(variant: str) -> None:
    """Read the prepared points; write the model, the snapshots and the log."""
    settings = load_settings()
    settings.points.variant(variant)
    use_threads(settings.points.threads)
    points = read_arrays(paths.prepared(), {"train": 2, "test": 2})
    run_of = (settings, variant, optimizer_of(settings, variant), points["train"], len(points["test"]))
    mark = training_mark(*run_of)
    checkpoints = Checkpoints(paths.unfinished(paths.POINTS), variant, mark, settings.checkpoint_seconds)
    watcher = live_page(paths.LIVE, f"{paths.POINTS}/{variant}", settings.live_seconds, points["test"])
    run = train_points(*run_of, checkpoints=checkpoints, watcher=watcher)
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(paths.model(paths.POINTS, variant), networks, run.facts)
    write_arrays(paths.samples(paths.POINTS, variant), run.snapshots.arrays())
    write_table(paths.plots(paths.POINTS, variant) / "training.csv", COLUMNS, run.log)
    checkpoints.remove()
