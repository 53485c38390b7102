"""Read a data set of images into one array: `python -m stages read_images mnist`."""

from saddle.config import load_settings
from saddle.data.images import save_images
from saddle.data.mnist.dataset import read_mnist
from stages import paths


def main(dataset: str) -> None:
    """Run the stage."""
    save_images(paths.images(dataset), read_mnist(load_settings().images.dataset(dataset).path))
