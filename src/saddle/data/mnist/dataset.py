"""The folder that `fetch_mnist` fills, in memory."""

from pathlib import Path

import torch

from saddle.data.images import ImageData
from saddle.data.mnist.files import CLASSES, FILES, read_content, read_source, to_arrays


def read_mnist(folder: str | Path) -> ImageData:
    """The data set that the stage `fetch_mnist` put into `folder`.

    Raises `UserError` if nothing was fetched, or if a file is damaged or does not fit the others.
    """
    folder = Path(folder)
    source = read_source(folder)
    paths = {name: folder / name for name in FILES}
    arrays = to_arrays({name: read_content(path) for name, path in paths.items()}, paths)
    # torch.tensor copies. It must: the arrays are views of read-only bytes, and a tensor can be written to.
    train, train_labels, test, test_labels = (torch.tensor(arrays[name]) for name in FILES)
    return ImageData(train, train_labels, test, test_labels, source.dataset, tuple(map(str, range(CLASSES))))
