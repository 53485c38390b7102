"""How errors show what a foreign file holds: on one line, and never more than fits there."""

from collections.abc import Iterable

from saddle.errors import LONGEST_VALUE, shown

LISTED = 3  # how many names an error mentions


def name(key: str) -> str:
    """A tensor's name: as it is if it is plain and short, else as `shown`."""
    return key if key.isprintable() and 0 < len(key) <= LONGEST_VALUE else shown(key)


def shape(sizes: Iterable[int]) -> str:
    """The sizes of a tensor, cut to a length that fits on a line."""
    text = str(tuple(sizes))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}...)"


def listing(items: Iterable[str]) -> str:
    """The first three of `items`, and how many more there are."""
    items = list(items)
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more
