"""Checks of what a network is made of.

Settings come from params.yaml, or from a model file that anyone may have written. A network with sizes within these
limits can be described (on the device "meta") in no time, however large it would be.
"""

from collections.abc import Iterable

from saddle.errors import UserError, shown

# Features of one layer or a latent vector.
MOST_FEATURES = 2**16
MOST_CHANNELS = 4
MOST_SIZE = 1024  # pixels a side
GREY_OR_COLOUR = (1, 3)


def check_whole(owner: str, name: str, value: object, *, least: int = 1, most: int = MOST_FEATURES) -> None:
    """Raise `UserError` unless the setting `name` of `owner` is a whole number, `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise UserError(f"{owner}'s {name} is {shown(value)}; allowed: whole numbers from {least} to {most:,}")


def check_choice(owner: str, name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise `UserError` unless the setting `name` of `owner` is one of `allowed`, and of its type."""
    choices = list(allowed)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        *first, last = map(str, choices)
        raise UserError(f"{owner}'s {name} is {shown(value)}; allowed: {', '.join(first)} or {last}")
