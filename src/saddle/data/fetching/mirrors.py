"""The mirrors: web servers that hold MNIST's four files, packed with gzip, under one address."""

from collections.abc import Iterable, Iterator

from saddle.data.fetching.download import download
from saddle.data.fetching.source import LARGEST_FILE, SourceError, Timeouts
from saddle.data.mnist import idx
from saddle.errors import UserError


def torchvision_mirrors() -> list[str]:
    """The addresses from which torchvision would download MNIST, in its order."""
    # Imported here because it takes seconds and only this source needs it.
    from torchvision.datasets import MNIST

    return list(MNIST.mirrors)


def from_mirror(mirror: str, names: Iterable[str], timeouts: Timeouts) -> Iterator[tuple[str, bytes]]:
    """Download the files `names` from `mirror`; yields (name, unpacked content) as they arrive.

    Nothing is written to the disk. Raises `SourceError` at the first file that does not arrive whole.
    """
    for name in names:
        packed = download(f"{mirror.rstrip('/')}/{name}.gz", timeouts)
        try:
            yield name, idx.unpack(packed, f"{name}.gz", LARGEST_FILE)
        except UserError as error:
            raise SourceError(str(error)) from None
