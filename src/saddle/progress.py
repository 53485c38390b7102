"""Progress of long work."""

import sys
from typing import Any, NoReturn

from tqdm import tqdm

# Seconds between two looks: a terminal's bar moves, a log file is not flooded.
TERMINAL_INTERVAL = 0.5
LOG_INTERVAL = 10.0


def progress_bar(
    name: str, total: int | None, unit: str, *, done: int = 0, quiet: bool = False, **looks: Any
) -> "tqdm[NoReturn]":
    """A bar of `total` units, `done` of them already, on stderr; where that is no terminal, a line every ten seconds.

    name: stands before it. total: None if it is not known. quiet: show nothing. looks: tqdm's own keywords.
    """
    interval = TERMINAL_INTERVAL if sys.stderr.isatty() else LOG_INTERVAL
    return tqdm(total=total, initial=done, desc=name, unit=unit, mininterval=interval, disable=quiet, **looks)
