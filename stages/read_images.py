"""Read a data set of images, of whatever kind, into one array: `python -m stages read_images mnist`."""

import shutil

from saddle.config import load_settings
from saddle.config.images import AvatarsData, FolderData
from saddle.data.folder import read_folder
from saddle.data.images import save_images
from saddle.data.mnist.dataset import read_mnist
from stages import paths


def main(dataset: str) -> None:
    """Read its folder; write the images, in two parts, and their labels."""
    settings = load_settings()
    own = settings.images.dataset(dataset)
    if isinstance(own, AvatarsData):  # drawn as such an array, with a table beside it
        shutil.copytree(own.path, paths.images(dataset), dirs_exist_ok=True)
        return
    data = read_folder(dataset, own, settings.seed) if isinstance(own, FolderData) else read_mnist(own.path, dataset)
    save_images(paths.images(dataset), data)
