"""Train one image variant: `python -m stages train_images dcgan`."""

from saddle.config import Settings, load_settings
from saddle.core.files import write_arrays, write_table
from saddle.core.model_file import save_model
from saddle.core.process import use_threads
from saddle.data.images import load_images
from saddle.experiments.images import train_images, training_mark
from saddle.rendering.live.watching import live_page
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import COLUMNS
from stages import paths


def main(variant: str) -> None:
    """Read its data; write the model, the snapshots and the log."""
    train(load_settings(), paths.IMAGES, variant)


def train(settings: Settings, group: str, variant: str) -> None:
    """The same, among the files of `group`."""
    use_threads(settings.images.variant(variant).threads)
    # A grid that the pictures cannot fill is found here, before hours of training.
    data = load_images(paths.images(settings.images.variant(variant).dataset), settings.images.grid)
    run_of = (settings, variant, data.train_images, data.dataset)
    mark = training_mark(*run_of)
    checkpoints = Checkpoints(paths.unfinished(group), variant, mark, settings.checkpoint_seconds)
    watcher = live_page(paths.LIVE, f"{group}/{variant}", settings.live_seconds)
    run = train_images(*run_of, checkpoints=checkpoints, watcher=watcher)
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(paths.model(group, variant), networks, run.facts)
    write_arrays(paths.samples(group, variant), run.snapshots.arrays())
    write_table(paths.plots(group, variant) / "training.csv", COLUMNS, run.log)
    checkpoints.remove()
