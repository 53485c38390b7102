"""A folder on this machine that holds the four files of MNIST, or of another data set in its format."""

from pathlib import Path

from saddle.data.mnist import idx
from saddle.data.mnist.files import FILES, to_arrays
from saddle.errors import UserError

# Folders that data sets are often unpacked into; the one above has the name (torchvision: FashionMNIST/raw).
GENERIC_NAMES = {"raw", "data", "gzip"}


def from_folder(folder: Path) -> dict[str, bytes]:
    """The unpacked content of the four files in `folder`, by the names in `FILES`.

    A file may be packed with gzip, and named in any of the ways of `spellings`. Raises `UserError` if `folder`
    is not a folder, lacks a file, or holds one twice with different contents, and if the data are not sound.
    """
    if not folder.is_dir():
        raise UserError(f"mnist.source: {folder} is not a folder; allowed: auto, or a folder with {', '.join(FILES)}")
    present = {name: [folder / s for s in spellings(name) if (folder / s).is_file()] for name in FILES}
    missing = [name for name in FILES if not present[name]]
    if missing:
        raise UserError(
            f"mnist.source: {folder} has no {', no '.join(missing)}; looked for {' or '.join(spellings(missing[0]))}"
        )
    contents = {name: _only_content(paths) for name, paths in present.items()}
    to_arrays(contents, {name: paths[0] for name, paths in present.items()})
    return contents


def spellings(name: str) -> list[str]:
    """The file names that stand for `name`: MNIST's two, and EMNIST's for its digits; each also packed."""
    dotted = name.replace("-idx", ".idx")
    emnist = f"emnist-digits-{name.replace('t10k', 'test')}"
    return [spelling + packed for spelling in (name, dotted, emnist) for packed in ("", ".gz")]


def data_set_name(folder: Path) -> str:
    """The name of the data set in `folder`: that of the folder, or of the one above if it says nothing."""
    path = folder.resolve()
    names = [part.name for part in (path, *path.parents) if part.name]
    return next((name for name in names if name.lower() not in GENERIC_NAMES), "unnamed")


def _only_content(paths: list[Path]) -> bytes:
    """The content that all of `paths` share: packed and unpacked copies of one file may lie side by side."""
    content = idx.read(paths[0])
    for other in paths[1:]:
        if idx.read(other) != content:
            raise UserError(f"mnist.source: {paths[0]} and {other} differ; take away the one that is not meant")
    return content
