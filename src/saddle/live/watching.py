"""What can be seen of a training while it runs: `index.html` with a drawing of each, and each one's log as CSV."""

import csv
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.core.files import replacing
from saddle.live.drawing import drawing

REFRESH = 5  # seconds between two looks of the page at its drawings
# So that a slow disk or a busy machine costs the training no more than this share of its time.
LARGEST_SHARE = 0.005


@dataclass
class LivePage:
    """One training's part of the page in `folder`.

    name: of the training, such as "points/gan"; its files are called so. seconds: at least so many pass between two
    looks, and more where looking takes long.
    """

    folder: Path
    name: str
    seconds: float
    _next: float = 0.0
    _failed: bool = False

    def __call__(self, log: Sequence[Mapping[str, float]], newest: NDArray[np.floating], step: int, steps: int) -> None:
        """Write how far the training is, if it is time: its log so far, its newest samples, and its step of `steps`.

        Where that cannot be written, on a full disk say, a line on stderr says so, and the training goes on unwatched.
        """
        begin = time.monotonic()
        if self._failed or (begin < self._next and step < steps):
            return
        try:
            self._write(log, newest, f"{self.name}, step {step} of {steps}")
        except OSError as error:
            self._failed = True
            print(f"{self.name}: can no longer be watched ({error})", file=sys.stderr)
        end = time.monotonic()
        self._next = end + max(self.seconds, (end - begin) / LARGEST_SHARE)

    def _write(self, log: Sequence[Mapping[str, float]], newest: NDArray[np.floating], title: str) -> None:
        with replacing(self.folder / f"{self.name}.svg") as part:
            part.write_text(drawing(title, log, newest), encoding="utf-8")
        with replacing(self.folder / f"{self.name}.csv") as part, part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, log[0].keys() if log else ["step"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(log)
        _write_index(self.folder)


def live_page(folder: Path, name: str, seconds: float | None) -> LivePage | None:
    """The part of the training `name`; None where `seconds` is None."""
    return None if seconds is None else LivePage(folder, name, seconds)


def _write_index(folder: Path) -> None:
    """The page with all drawings in `folder`, the newest first."""
    drawings = sorted(folder.rglob("*.svg"), key=lambda path: -path.stat().st_mtime)
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in drawings]
    pictures = "\n".join(f'<img src="{escape(name)}.svg" alt="{escape(name)}">' for name in names)
    with replacing(folder / "index.html") as part:
        part.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Trainings</title>\n'
            f'<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{REFRESH}">\n'
            "<style>img { display: block; width: 100%; max-width: 900px; margin: 8px auto; border: 1px solid #ddd }"
            f"</style>\n{pictures}\n</html>\n",
            encoding="utf-8",
        )
