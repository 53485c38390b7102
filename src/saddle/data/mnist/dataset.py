"""A folder of the four files, in memory."""

from pathlib import Path

import torch

from saddle.data.images import ImageData
from saddle.data.mnist.files import CLASSES, FILES, RECORD, found_files, read_content, read_source, to_arrays


def read_mnist(folder: str | Path, name: str = "mnist") -> ImageData:
    """The data set in `folder`, the stage `fetch_mnist`'s or another; name: what it is called if no record says it.

    Raises `UserError` if a file is missing, is damaged or does not fit the others.
    """
    folder = Path(folder)
    paths = found_files(folder)
    arrays = to_arrays({file: read_content(path) for file, path in paths.items()}, paths)
    # torch.tensor copies. It must: the arrays are views of read-only bytes, and a tensor can be written to.
    train, train_labels, test, test_labels = (torch.tensor(arrays[file]) for file in FILES)
    name = read_source(folder).dataset if (folder / RECORD).is_file() else name
    return ImageData(train, train_labels, test, test_labels, name, tuple(map(str, range(CLASSES))))
