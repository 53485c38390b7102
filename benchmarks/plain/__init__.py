"""Plain loops, one for each variant, as one writes them from PyTorch's tutorials: no trick, no tuning.

They draw from PyTorch's global random generator, as such loops do. Each `yield` ends a step; it is all that a clock
needs. Nothing here uses the library.
"""
