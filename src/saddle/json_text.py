"""JSON as RFC 8259 has it: without NaN and infinity, and with each key of an object once."""

import json
import math
from collections import Counter
from typing import Any, NoReturn

from saddle.errors import reason, shown


class JsonError(ValueError):
    """Why a text is no JSON, in one line."""


def parse_json(text: str | bytes) -> Any:
    """The content of a JSON document; all its numbers are finite. Raises `JsonError`."""
    try:
        return json.loads(
            text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole, object_pairs_hook=_object
        )
    except RecursionError:
        raise JsonError("not JSON (nested too deeply)") from None
    except ValueError as error:  # those of decoding, and numbers of thousands of digits
        raise JsonError(f"not JSON ({reason(error)})") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no value of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is beyond the range of numbers")
    return number


def _whole(digits: str) -> int:
    _finite(digits)  # no whole number is larger than what a float holds, so that all can be compared
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise ValueError(f"the key {shown(twice)} comes twice")
    return content
