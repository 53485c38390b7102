"""The one kind of error that a user sees: a single line, no traceback, a non-zero exit code."""

import functools
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something a user can put right: names the thing (file, key), what was found, and what is allowed."""


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
