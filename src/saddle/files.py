"""The names of `saddle.core.files`, for the code that still asks for them here."""

from saddle.core.files import (
    Kind,
    Layout,
    read_arrays,
    read_metrics,
    read_object,
    read_table,
    replacing,
    replacing_folder,
    write_arrays,
    write_json,
    write_table,
)

__all__ = [
    "Kind",
    "Layout",
    "read_arrays",
    "read_metrics",
    "read_object",
    "read_table",
    "replacing",
    "replacing_folder",
    "write_arrays",
    "write_json",
    "write_table",
]
