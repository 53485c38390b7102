"""Writing files so that a name never holds half of its content."""

import ctypes
import errno
import glob
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saddle.errors import UserError

# Bytes: a file system with fewer left is full.
NO_ROOM = 4096


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` once the block has ended well.

    The temporary name keeps the suffix, since many writers choose the format by it, and has the number of the process,
    so that two of them never write into one file. If the block raises, what it wrote is removed and `path` stays as it
    was. What a killed process left is removed by the next one that writes here.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_orphans(path.parent, f".{path.stem}.", f".part{path.suffix}")
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        with _failures_named(path):
            yield part
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: str | Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`; put it in place of `folder` once the block has ended well.

    If the block raises, what it wrote is removed, and `folder` stays as it was.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_orphans(folder.parent, f".{folder.name}.", ".part")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir()
    try:
        with _failures_named(folder):
            yield part
            _put_in_place(part, folder)
    finally:
        # What stood in its place before, or what an unfinished block wrote.
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    """Let an error of writing name `path`: a full disk is told by the system without a name.

    PyTorch and some others tell of it by errors of their own; then that the disk is full is the better reason.
    """
    try:
        yield
    except OSError as error:
        if error.filename or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
    except Exception:
        if shutil.disk_usage(path.parent).free < NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
        raise


# renameat2's flag that exchanges two names in one step, and what stands for the current folder (linux/fs.h, fcntl.h).
RENAME_EXCHANGE, AT_FDCWD = 2, -100


def _put_in_place(part: Path, folder: Path) -> None:
    """Give `part` the name of `folder`, which may be there already; then `part` is what it was.

    Linux can exchange two names in one step. Elsewhere, and on file systems that cannot, there is a moment in which
    neither is there.
    """
    if not folder.exists():
        part.rename(folder)
        return
    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if exchange is not None and exchange(AT_FDCWD, bytes(part), AT_FDCWD, bytes(folder), RENAME_EXCHANGE) == 0:
        return
    shutil.rmtree(folder)
    part.rename(folder)


def _remove_orphans(folder: Path, start: str, end: str) -> None:
    """Remove the unfinished files and folders of processes that are no more."""
    for path in folder.glob(f"{glob.escape(start)}[0-9]*{glob.escape(end)}"):
        owner = path.name.removeprefix(start).removesuffix(end)
        if owner.isdigit() and not _is_running(int(owner)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def write_json(path: str | Path, content: Mapping[str, object]) -> None:
    """Write `content` as indented JSON with a final newline; NaN and infinity are refused (`ValueError`)."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_object(path: str | Path) -> dict[str, Any]:
    """Read a JSON object. Raises `UserError` if the file is missing or holds none."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the stage that writes it (dvc repro)") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}; expected an object of metrics")
    return content


def read_metrics(path: str | Path, names: tuple[str, ...]) -> dict[str, float]:
    """Read the named numbers of a JSON object.

    Raises `UserError` as `read_object`, and if it has no number of one of these names.
    """
    content = read_object(path)
    for name in names:
        if not isinstance(content.get(name), int | float):
            raise UserError(f"{path}: has no number {name!r}; run the stage that writes it (dvc repro)")
    return {name: float(content[name]) for name in names}


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write `arrays` as a compressed `.npz`; equal arrays give equal bytes."""
    with replacing(path) as part:
        np.savez_compressed(part, allow_pickle=False, **arrays)


def read_arrays(path: str | Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an `.npz`.

    Raises `UserError` if the file is missing, is no `.npz`, or lacks one of `names`.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            if missing:
                raise UserError(f"{path}: has no array {missing[0]!r}; it holds {', '.join(archive) or 'none'}")
            return {name: archive[name] for name in names}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the stage that writes it (dvc repro)") from None
    except UserError:
        raise
    except (ValueError, OSError, EOFError, KeyError) as error:
        raise UserError(f"{path}: not a readable .npz file ({error})") from None
    except Exception as error:  # zipfile and zlib have error types of their own for damaged archives
        raise UserError(f"{path}: damaged .npz file ({error})") from None


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write `table` as CSV with a header, numbers with six significant digits; equal tables give equal bytes."""
    with replacing(path) as part:
        table.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")


def read_table(path: str | Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a CSV file with a header.

    Raises `UserError` if the file is missing, is no table, has no rows, or lacks one of `columns`.
    """
    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the stage that writes it (dvc repro)") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: not a readable CSV file ({error})") from None
    missing = [name for name in columns if name not in table]
    if missing or table.empty:
        lack = f"column {missing[0]!r}" if missing else "rows"
        raise UserError(f"{path}: has no {lack}; run the stage that writes it (dvc repro)")
    return table
