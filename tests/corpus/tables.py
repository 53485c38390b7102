"""Tables between stages (CSV)."""

from collections.abc import Callable
from pathlib import Path

from corpus.case import Case
from saddle.files import read_table


def meet(path: Path) -> object:
    return read_table(path, {"step": "count", "d_loss": "float"})


def raw(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "a.csv").write_bytes(content)
        return folder / "a.csv"

    return make


CASES = [
    Case("csv missing", lambda folder: folder / "a.csv", meet, "no such file"),
    Case("csv is a folder", lambda folder: folder, meet, "not a file"),
    Case("csv empty", raw(b""), meet, "not a readable CSV file"),
    Case("csv not UTF-8", raw(b"step,d_loss\n\xff\xfe,1\n"), meet, "not a readable CSV file"),
    Case("csv without rows", raw(b"step,d_loss\n"), meet, "has no rows"),
    Case("csv without a column", raw(b"step,g_loss\n1,2\n"), meet, "has no column 'd_loss'"),
    Case("csv with an open quote", raw(b'step,d_loss\n"1,2\n'), meet, "not a readable CSV file"),
    Case("csv with a row too long", raw(b"step,d_loss\n1,2\n1,2,3,4\n"), meet, "not a readable CSV file"),
]
