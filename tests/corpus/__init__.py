"""A corpus of bad inputs, all made by short functions: files of every kind that is read, settings, command lines."""

from corpus import arrays, checkpoints, command_lines, edited, idx_files, matlab, models, objects, settings, tables

ALL = [
    case
    for module in (matlab, idx_files, settings, models, checkpoints, arrays, tables, objects, command_lines, edited)
    for case in module.CASES
]
