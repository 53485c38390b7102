"""The one argument of a stage that runs once for each variant."""

import sys
from typing import Any, get_args

from saddle.errors import UserError


def chosen_variant(allowed: Any) -> Any:
    """The command line's one argument, which must be among the names of the literal type `allowed`.

    Raises `UserError` for any other argument, none, or several.
    """
    names = get_args(allowed)
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        raise UserError(f"variant is {' '.join(sys.argv[1:]) or 'missing'}; allowed: {', '.join(names)}")
    return sys.argv[1]
