"""Generators that others published as PyTorch checkpoints, in one of several layouts."""

from saddle.sefa.foreign.loading import ForeignGenerator, load_generator

__all__ = ["ForeignGenerator", "load_generator"]
