"""The names of `saddle.core.files`, for the code that still asks for them here."""

from saddle.core.files import *  # noqa: F403
