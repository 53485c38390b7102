"""A folder on this machine that holds the four files of MNIST, or of another data set in its format."""

from pathlib import Path

from saddle.data.fetching.source import announce
from saddle.data.mnist import idx
from saddle.data.mnist.files import FILES, TEST_IMAGES, TRAIN_IMAGES, read_content, require_grid, to_arrays
from saddle.errors import UserError, shortened

# Folders that data sets are often unpacked into; the one above has the name (torchvision: FashionMNIST/raw).
GENERIC_NAMES = {"raw", "data", "gzip"}
# EMNIST's sets of ten digits. Its archive holds both, beside letters, which have more labels.
EMNIST, EMNIST_SETS = "emnist-", ("digits", "mnist")


def from_folder(folder: Path, grid: int = 1) -> dict[str, bytes]:
    """The unpacked content of the four files in `folder`, by the names in `FILES`.

    A file may be packed with gzip, and named in any of the ways of `spellings`. EMNIST's images are turned upright.
    grid: the cells a side of a grid that test images are to fill. Raises `UserError` if `folder` is not a folder, lacks
    a file, or holds one twice with different contents, if the data are not sound, and if test images are too few.
    """
    allowed = f"allowed: auto, or a folder with {', '.join(FILES)}"
    try:
        found = folder.is_dir()
    except OSError as error:
        raise UserError(f"mnist.source: {shortened(folder)}: {error.strerror}; {allowed}") from None
    if not found:
        raise UserError(f"mnist.source: {shortened(folder, 300)} is not a folder; {allowed}")
    present = _present(folder)
    missing = [name for name in FILES if not present[name]]
    if missing:
        raise UserError(
            f"mnist.source: {folder} has no {', no '.join(missing)}; looked for {' or '.join(spellings(missing[0]))}"
        )
    contents = {name: _only_content(paths, name) for name, paths in present.items()}
    arrays = to_arrays(contents, {name: paths[0] for name, paths in present.items()})
    require_grid(len(arrays[TEST_IMAGES]), grid, present[TEST_IMAGES][0])
    if any(_is_transposed(path, name) for name, paths in present.items() for path in paths):
        announce("turned the images of EMNIST upright: its files hold them with rows and columns exchanged")
    return contents


def spellings(name: str, emnist: str = EMNIST_SETS[0]) -> list[str]:
    """The file names that stand for `name`: MNIST's two, and EMNIST's for its set `emnist`; each also packed."""
    dotted = name.replace("-idx", ".idx")
    in_emnist = f"{EMNIST}{emnist}-{name.replace('t10k', 'test')}"
    return [spelling + packed for spelling in (name, dotted, in_emnist) for packed in ("", ".gz")]


def data_set_name(folder: Path) -> str:
    """The name of the data set in `folder`: that of the folder, or of the one above if it says nothing."""
    path = folder.resolve()
    names = [part.name for part in (path, *path.parents) if part.name]
    return next((name for name in names if name.lower() not in GENERIC_NAMES), "unnamed")


def _present(folder: Path) -> dict[str, list[Path]]:
    """What stands for each of `FILES`: of the first of EMNIST's sets with which there is anything."""
    for emnist in EMNIST_SETS:
        present = {name: [folder / s for s in spellings(name, emnist) if (folder / s).exists()] for name in FILES}
        if any(present.values()):
            break
    return present


def _is_transposed(path: Path, name: str) -> bool:
    return path.name.startswith(EMNIST) and name in (TRAIN_IMAGES, TEST_IMAGES)


def _content(path: Path, name: str) -> bytes:
    content = read_content(path, name)
    return idx.transposed(content, path) if _is_transposed(path, name) else content


def _only_content(paths: list[Path], name: str) -> bytes:
    """The content that all of `paths` share: packed and unpacked copies of one file may lie side by side."""
    content = _content(paths[0], name)
    for other in paths[1:]:
        if _content(other, name) != content:
            raise UserError(f"mnist.source: {paths[0]} and {other} differ; take away the one that is not meant")
    return content
