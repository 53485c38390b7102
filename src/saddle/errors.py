"""The one kind of error that a user sees: a single line, no traceback, a non-zero exit code."""

import functools
import reprlib
import sys
from collections.abc import Callable

# Characters: what a file or a setting holds may be of any length, and an error tells of it.
LONGEST_MESSAGE = 990
LONGEST_VALUE = 80
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = LONGEST_VALUE
_SHORT.maxlevel = 3


class UserError(Exception):
    """Something a user can put right: names the thing (file, key), what was found, and what is allowed.

    One line of at most LONGEST_MESSAGE characters, whatever it quotes: what is more is left out of its middle.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message, LONGEST_MESSAGE))


def shortened(text: object, longest: int = LONGEST_VALUE) -> str:
    """`text` on one line, without control characters, and with ... for its middle if it is longer than `longest`."""
    line = "".join(mark if mark.isprintable() else " " for mark in " ".join(str(text)[: 100 * longest].split()))
    if len(line) <= longest:
        return line
    half = (longest - len("...")) // 2
    return f"{line[:half]}...{line[-half:]}"


def shown(value: object) -> str:
    """`repr` of `value`, whatever a file holds, on one line and no longer than twice LONGEST_VALUE."""
    return shortened(_SHORT.repr(value), 2 * LONGEST_VALUE)


def reason(error: Exception) -> str:
    """What `error`, of another library, says, on one line and no longer than twice LONGEST_VALUE."""
    return shortened(str(error) or type(error).__name__, 2 * LONGEST_VALUE)


def reports_user_errors(main: Callable[[], None]) -> Callable[[], None]:
    """Wrap the entry point of a command so that a `UserError` ends it with one line on stderr.

    The exit code is 1. Failures of the file system (disk full, no permission) are reported the same way, because a user
    can put those right too.
    """

    @functools.wraps(main)
    def wrapped() -> None:
        try:
            main()
        except UserError as error:
            sys.exit(f"error: {error}")
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            sys.exit(f"error: {shortened(f'{where}{error.strerror or error}', LONGEST_MESSAGE)}")

    return wrapped
