"""Progress of long work."""

import sys
from typing import Any, NoReturn

from tqdm import tqdm

# Seconds between two looks: a terminal's bar moves, a log file is not flooded.
TERMINAL_INTERVAL = 0.5
LOG_INTERVAL = 10.0


class _Lines(tqdm):  # type: ignore[type-arg]
    """A bar that is a new line each time, for logs: in them a bar that moves would be one line without end.

    A line is written at once, so that two jobs with one log do not get into each other's lines.
    """

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Write the bar as it is now, or `msg`; pos: a terminal's row, which a log has not."""
        self.fp.write(f"{str(self) if msg is None else msg}\n")
        self.fp.flush()

    def close(self) -> None:
        """Write the last line, once."""
        if not self.disable:
            self.display()
            self.disable = True
            self._decr_instances(self)  # type: ignore[attr-defined]  # as tqdm's own close does


def progress_bar(
    name: str, total: int | None, unit: str, *, done: int = 0, quiet: bool = False, **looks: Any
) -> "tqdm[NoReturn]":
    """A bar of `total` units, `done` of them already, on stderr; where that is no terminal, a line every ten seconds.

    name: stands before it. total: None if it is not known. quiet: show nothing. looks: tqdm's own keywords.
    """
    terminal = sys.stderr.isatty()
    kind, interval = (tqdm, TERMINAL_INTERVAL) if terminal else (_Lines, LOG_INTERVAL)
    bar: tqdm[NoReturn] = kind(
        total=total, initial=done, desc=name, unit=unit, mininterval=interval, disable=quiet, **looks
    )
    return bar
