"""Writing files so that a name never holds half of its content."""

import csv
import ctypes
import errno
import glob
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddle.errors import UserError, reason, shown
from saddle.json_text import JsonError, parse_json
from saddle.npz import Kind, Layout, NpzError, read_npz

if TYPE_CHECKING:
    import pandas as pd

# Bytes: a file system with fewer left is full.
NO_ROOM = 4096
# Bytes that files of metrics and tables may have: a thousand times what they take, a line for each of a million steps.
MOST_JSON, MOST_TABLE = 10**7, 10**8
# Of a figure above 0, so that quotients and squares of it are still numbers above 0.
LEAST_METRIC, MOST_METRIC = 1e-100, 1e100
IN_COLUMNS: dict[Kind, str] = {
    "float": "finite numbers",
    "count": "whole numbers from 0",
    "flag": "True and False",
    "text": "words",
}


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
    path = _readable(path, MOST_JSON)
    try:
        content = parse_json(path.read_bytes())
    except JsonError as error:
        raise UserError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}; expected an object of metrics")
    return content


def read_metrics(path: str | Path, positive: tuple[str, ...]) -> dict[str, float]:
    """Read the named numbers of a JSON object, which are all above 0.

    Raises `UserError` as `read_object`, and if it has no such number of one of these names.
    """
    content = read_object(path)
    for name in positive:
        value = content.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not LEAST_METRIC <= value <= MOST_METRIC:
            found = f"{name!r} is {shown(value)}" if name in content else f"has no {name!r}"
            raise UserError(f"{path}: {found}; expected a number above 0 (dvc repro runs the stage that writes it)")
    return {name: float(content[name]) for name in positive}


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write `arrays` as a compressed `.npz`; equal arrays give equal bytes."""
    with replacing(path) as part:
        np.savez_compressed(part, allow_pickle=False, **arrays)


def read_arrays(path: str | Path, layouts: Mapping[str, Layout]) -> dict[str, NDArray[Any]]:
    """Read the arrays of an `.npz` that `layouts` names, each of which must be as its layout says.

    Raises `UserError` if the file is missing, is no `.npz`, or lacks such an array.
    """
    path = Path(path)
    try:
        return read_npz(path, layouts)
    except FileNotFoundError:
        raise _missing(path) from None
    except NpzError as error:
        raise UserError(f"{path}: {error}") from None


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write `rows` as CSV with a header, real numbers with six significant digits; equal tables give equal bytes.

    columns: the keys that each row has. A field that is None or NaN is empty.
    """
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_field(row[name]) for name in columns] for row in rows)


def _field(value: object) -> object:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.6g}"
    return value


def read_table(path: str | Path, columns: Mapping[str, Kind]) -> "pd.DataFrame":
    """Read a CSV file with a header; columns: those that it must have, with what is in them, as in `Layout`.

    Raises `UserError` if the file is missing, is no table, has no rows, or lacks such a column.
    """
    # Not at the top: most stages read no table, and it takes half as long to import as PyTorch.
    import pandas as pd

    path = _readable(path, MOST_TABLE)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            names, first = next(rows, []), next(rows, [])
        table = pd.read_csv(path)
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}: not a readable CSV file ({reason(error)})") from None
    if len(first) > len(names):  # pandas would take the first ones for names of the rows
        raise UserError(f"{path}: its rows have more fields than its header")
    missing = [name for name in columns if name not in names]
    if missing or table.empty:
        lack = f"column {missing[0]!r}" if missing else "rows"
        raise UserError(f"{path}: has no {lack}; run the stage that writes it (dvc repro)")
    for name, kind in columns.items():
        if names.count(name) > 1:
            raise UserError(f"{path}: has two columns {name!r}")
        if not _is_of(kind, table[name]):
            raise UserError(f"{path}: column {name!r} has something else than {IN_COLUMNS[kind]} in it")
    return table


def _is_of(kind: Kind, column: "pd.Series[Any]") -> bool:
    """Whether all fields of `column` are of `kind`."""
    if kind == "flag":
        return column.dtype.kind == "b"
    if kind == "text":
        return all(isinstance(field, str) for field in column)
    if kind == "count":
        return column.dtype.kind == "i" and bool((column >= 0).all())
    return column.dtype.kind in "if" and bool(np.isfinite(column).all())


def _readable(path: str | Path, most: int) -> Path:
    """`path` as a file that can be read whole. Raises `UserError` if it is none, or has more than `most` bytes."""
    path = Path(path)
    if not path.exists():
        raise _missing(path)
    if not path.is_file():
        raise UserError(f"{path}: not a file")
    if path.stat().st_size > most:
        raise UserError(f"{path}: {path.stat().st_size:,} bytes; allowed: up to {most:,}")
    return path


def _missing(path: Path) -> UserError:
    return UserError(f"{path}: no such file; run the stage that writes it (dvc repro)")
