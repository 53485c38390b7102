"""Train one image variant: `python -m stages train_mnist dcgan`."""

from saddle.config import load_settings
from saddle.core.model_file import save_model
from saddle.core.process import use_threads
from saddle.data.mnist.dataset import load_mnist
from saddle.experiments.images.training import train_images, training_mark
from saddle.files import write_arrays, write_table
from saddle.live.watching import live_page
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import COLUMNS
from stages import paths


def main(variant: str) -> None:
    """Read MNIST; write the model, the snapshots and the log."""
    settings = load_settings()
    use_threads(settings.mnist.variant(variant).threads)
    # A grid that the pictures cannot fill is found here, before hours of training.
    data = load_mnist(paths.RAW_MNIST, settings.mnist.grid)
    run_of = (settings, variant, data.train_images, data.dataset)
    mark = training_mark(*run_of)
    checkpoints = Checkpoints(paths.unfinished(paths.MNIST), variant, mark, settings.checkpoint_seconds)
    watcher = live_page(paths.LIVE, f"{paths.MNIST}/{variant}", settings.live_seconds)
    run = train_images(*run_of, checkpoints=checkpoints, watcher=watcher)
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(paths.model(paths.MNIST, variant), networks, run.facts)
    write_arrays(paths.samples(paths.MNIST, variant), run.snapshots.arrays())
    write_table(paths.plots(paths.MNIST, variant) / "training.csv", COLUMNS, run.log)
    checkpoints.remove()
