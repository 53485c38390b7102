"""Train one image variant: `python -m stages train_images dcgan`."""

import sys

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

# No variant of params.yaml takes fewer, even at the smaller scale.
FEW_STEPS = 1800


def main(variant: str) -> None:
    """Read its data; write the model, the snapshots and the log."""
    train(load_settings(), paths.IMAGES, variant)


def train(settings: Settings, group: str, variant: str) -> None:
    """The same, among the files of `group`."""
    use_threads(settings.images.variant(variant).threads)
    # A grid that the pictures cannot fill is found here, before hours of training.
    data = load_images(paths.images(settings.images.variant(variant).dataset), settings.images.grid)
    run_of = (settings, variant, data.train_images, data.dataset)
    _note_if_few(settings, variant, len(data.train_images))
    mark = training_mark(*run_of)
    checkpoints = Checkpoints(paths.unfinished(group), variant, mark, settings.checkpoint_seconds)
    watcher = live_page(paths.LIVE, f"{group}/{variant}", settings.live_seconds)
    run = train_images(*run_of, checkpoints=checkpoints, watcher=watcher)
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(paths.model(group, variant), networks, run.facts)
    write_arrays(paths.samples(group, variant), run.snapshots.arrays())
    write_table(paths.plots(group, variant) / "training.csv", COLUMNS, run.log)
    checkpoints.remove()


def _note_if_few(settings: Settings, name: str, images: int) -> None:
    """Say on stderr that a training will be short: its length is in epochs, and the images are few."""
    variant = settings.images.variant(name)
    epoch, epochs = images // variant.batch_size, getattr(variant.budgets, settings.scale).epochs
    if 0 < epoch * epochs < FEW_STEPS:
        key, enough = f"images.variants.{name}.budgets.{settings.scale}.epochs", -(-FEW_STEPS // epoch)
        print(
            f"note: {images:,} training images make {epoch} step{'s' * (epoch > 1)} an epoch, {epoch * epochs} in all; "
            f"raise {key} to {enough:,} or more",
            file=sys.stderr,
        )
