"""Ending at once when asked to: by Ctrl-C, by SIGTERM, or by the end of the program that started this one.

Programs call it, the library only notes how to go on. Nothing is tidied up then: every file is written beside its name
and renamed when it is whole, so there is nothing to tidy, and a training goes on from its checkpoint.
"""

import ctypes
import os
import signal
import sys
from types import FrameType

# prctl's number of the setting "send me this signal when my parent dies" (sys/prctl.h of Linux).
PR_SET_PDEATHSIG = 1
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}

_how_to_go_on = ["started again, it begins anew"]


def note_how_to_go_on(text: str) -> None:
    """What the last line says if the program is ended from now on, such as "started again, it goes on at step 400"."""
    _how_to_go_on[0] = text


def end_when_asked() -> None:
    """From now on SIGINT and SIGTERM end this process with one line and the exit code 130 or 143, wherever it is.

    On Linux the end of its parent does the same: a stage whose DVC was killed must not write into the next run.
    """
    for number in WORDS:
        signal.signal(number, _end)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the setting was made
            _end(signal.SIGTERM, None)


def _end(number: int, frame: FrameType | None) -> None:
    # Past a bar that may stand in this line.
    start = "\n" if sys.stderr is not None and sys.stderr.isatty() else ""
    os.write(2, f"{start}{WORDS[signal.Signals(number)]}; {_how_to_go_on[0]}\n".encode())
    os._exit(128 + number)
