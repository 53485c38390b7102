"""The one argument of a stage that runs once for each variant."""

import sys
from typing import cast, get_args

from saddle.config import Variant
from saddle.errors import UserError


def points_variant() -> Variant:
    """The variant named on the command line; raises `UserError` for any other argument."""
    names = get_args(Variant)
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        raise UserError(f"variant is {' '.join(sys.argv[1:]) or 'missing'}; allowed: {', '.join(names)}")
    return cast(Variant, sys.argv[1])
