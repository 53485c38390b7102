"""The one kind of error that a user sees: a single line, no traceback, a non-zero exit code."""

import functools
import reprlib
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something a user can put right: names the thing (file, key), what was found, and what is allowed."""


# Characters of a value that an error shows.
MOST_SHOWN = 160
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxlevel = 3


def shown(value: object) -> str:
    """`repr` of `value`, whatever a file holds, on one line and no longer than `MOST_SHOWN`."""
    try:
        text = " ".join(_SHORT.repr(value).splitlines())
    except ValueError:  # a whole number of more digits than Python writes out
        return f"{type(value).__name__} of thousands of digits"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def reason(error: Exception) -> str:
    """What `error`, of another library, says, on one line and no longer than `MOST_SHOWN`."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


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
            sys.exit(f"error: {where}{error.strerror or error}")

    return wrapped
