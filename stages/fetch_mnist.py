"""Put MNIST's four files, unpacked and checked, into data/raw/mnist, with a record of which data they are."""

from saddle.config import load_settings
from saddle.data.fetching.mnist import fetch_mnist
from stages import paths


def main() -> None:
    """Run the stage."""
    fetch_mnist(load_settings().mnist.source, paths.RAW_MNIST)
