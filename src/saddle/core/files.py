"""What stages hand on to each other: JSON, arrays and tables, each file written whole or not at all.

What is in them was written by this project, so that one look at what is there is enough.
"""

import csv
import errno
import glob
import json
import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddle.errors import UserError, reason

if TYPE_CHECKING:
    import pandas as pd

# Bytes: a file system with fewer left is full.
NO_ROOM = 4096


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` once the block has ended well.

    If the block raises, what it wrote is removed and `path` stays as it was.
    """
    with _beside(Path(path)) as part:
        yield part
        part.replace(path)


@contextmanager
def replacing_folder(folder: str | Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`; put it in place of `folder` once the block has ended well.

    If the block raises, what it wrote is removed, and `folder` stays as it was. There is a moment in which neither is
    there: two names cannot be exchanged in one step everywhere.
    """
    folder = Path(folder)
    with _beside(folder) as part:
        new, old = part / "new", part / "old"
        new.mkdir(parents=True)
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A name beside `path`, under which nothing is left when the block ends; an error of writing names `path`.

    It keeps the suffix, since many writers choose the format by it, and has the number of the process, so that two of
    them never write into one file. What a killed process left is removed by the next one that writes here.

    A full disk is told by the system without a name, and by PyTorch and some others by errors of their own.
    """
    start, end = f".{path.stem}.", f".part{path.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{glob.escape(start)}[0-9]*{glob.escape(end)}"):
        owner = left.name.removeprefix(start).removesuffix(end)
        if owner.isdigit() and not _is_running(int(owner)):
            _remove(left)
    part = path.with_name(f"{start}{os.getpid()}{end}")
    try:
        yield part
    except OSError as error:
        if error.filename or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
    except Exception:
        if shutil.disk_usage(path.parent).free < NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
        raise
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def write_json(path: str | Path, content: Mapping[str, object]) -> None:
    """Write `content` as indented JSON with a final newline; NaN and infinity are refused (`ValueError`)."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def rounded(value: float) -> float | None:
    """Six significant digits: more would be noise in a diff. None for NaN and infinity, which JSON has not."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def write_metrics(path: str | Path, metrics: Mapping[str, float | str | None]) -> None:
    """Write `metrics` as JSON, numbers with six significant digits; NaN and infinity are refused (`ValueError`)."""
    write_json(
        path, {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in metrics.items()}
    )


def read_object(path: str | Path) -> dict[str, Any]:
    """Read a JSON object. Raises `UserError` if the file is missing or holds none."""
    path = _readable(path)
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({reason(error)})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}; expected an object")
    return content


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write `arrays` as a compressed `.npz`; equal arrays give equal bytes."""
    with replacing(path) as part:
        np.savez_compressed(part, allow_pickle=False, **arrays)


def read_arrays(path: str | Path, axes: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """Read the arrays of an `.npz` that `axes` names, each with that number of axes.

    Raises `UserError` if the file is missing, is no `.npz`, or has no such array.
    """
    path = _readable(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in axes if name in file}
    except Exception as error:  # zipfile, zlib and numpy have many types of their own for damaged files
        raise UserError(f"{path}: not a readable .npz file ({reason(error)})") from None
    for name, count in axes.items():
        if name not in arrays:
            raise UserError(f"{path}: has no array {name!r}; run the stage that writes it (dvc repro)")
        if arrays[name].ndim != count:
            raise UserError(f"{path}: array {name!r} has the shape {arrays[name].shape}; expected {count} axes")
    return arrays


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


def read_table(path: str | Path, columns: Iterable[str]) -> "pd.DataFrame":
    """Read a CSV file with a header; columns: those that it must have.

    Raises `UserError` if the file is missing, is no table, has no rows, or lacks such a column.
    """
    # Not at the top: most stages read no table, and it takes half as long to import as PyTorch.
    import pandas as pd

    path = _readable(path)
    try:
        table = pd.read_csv(path)
    except ValueError as error:
        raise UserError(f"{path}: not a readable CSV file ({reason(error)})") from None
    missing = [name for name in columns if name not in table]
    if missing or table.empty:
        lack = f"column {missing[0]!r}" if missing else "rows"
        raise UserError(f"{path}: has no {lack}; run the stage that writes it (dvc repro)")
    return table


def _readable(path: str | Path) -> Path:
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file; run the stage that writes it (dvc repro)")
    if not path.is_file():
        raise UserError(f"{path}: not a file")
    return path
