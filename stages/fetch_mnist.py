"""Put MNIST's four files, unpacked and checked, into data/raw/mnist, with a record of which data they are."""

from saddle.config import load_settings
from saddle.config.images import MNISTData
from saddle.data.fetching.mnist import fetch_mnist
from saddle.errors import UserError
from stages import paths


def main() -> None:
    """Run the stage."""
    own = load_settings().images.dataset("mnist")
    if not isinstance(own, MNISTData) or own.source is None:
        raise UserError("images.datasets.mnist has no source; allowed: kind mnist, and source auto or a folder")
    fetch_mnist(own.source, paths.RAW_MNIST)
