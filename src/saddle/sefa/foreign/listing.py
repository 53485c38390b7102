"""How errors show what a foreign file holds: on one line, and never more than fits there."""

import reprlib
from collections.abc import Iterable

LISTED = 3  # how many names an error mentions
LONGEST = 80  # characters of one value

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = LONGEST
_SHORT.maxlevel = 2


def shown(value: object) -> str:
    """A value as Python writes it, without line breaks and cut to a length that fits on a line."""
    return _SHORT.repr(value)


def name(key: str) -> str:
    """A tensor's name: as it is if it is plain and short, else as `shown`."""
    return key if key.isprintable() and 0 < len(key) <= LONGEST else shown(key)


def shape(sizes: Iterable[int]) -> str:
    """The sizes of a tensor, cut to a length that fits on a line."""
    text = str(tuple(sizes))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}...)"


def listing(items: Iterable[str]) -> str:
    """The first three of `items`, and how many more there are."""
    items = list(items)
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more
