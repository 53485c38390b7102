"""Which part of a checkpoint is the generator's state dict."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from saddle.errors import UserError, shown
from saddle.sefa.foreign.listing import listing, name

# In order of preference: moving averages of the weights draw better images than the weights themselves.
AVERAGES = ("generator_smooth", "g_ema")
GENERATOR_KEYS = (*AVERAGES, "generator", "netG_state_dict", "netG", "state_dict")
# What torch.nn.DataParallel puts before each name.
PREFIX = "module."
# How often batch normalization has seen a batch: an integer that drawing does not need, and older files lack.
COUNTER = ".num_batches_tracked"
FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Entry(NamedTuple):
    """name: what errors call the state dict. note: one sentence on what else the checkpoint holds; empty if nothing."""

    name: str
    state: dict[str, Tensor]
    note: str


def generator_entry(checkpoint: object) -> Entry:
    """The state dict of the generator in `checkpoint`, without the prefix `module.`.

    It is the first of `GENERATOR_KEYS`, or the checkpoint itself if that holds tensors. Raises `UserError` if there is
    neither, and if it holds anything but dense tensors of floating-point numbers.
    """
    if not isinstance(checkpoint, Mapping):
        raise UserError(f"holds a {type(checkpoint).__name__}; allowed: a state dict, or a dict with {_alternatives()}")
    found = [key for key in GENERATOR_KEYS if key in checkpoint]
    if found:
        chosen, content = found[0], checkpoint[found[0]]
        if not isinstance(content, Mapping):
            raise UserError(f"{chosen} is a {type(content).__name__}; allowed: a state dict")
        unused = [shown(key) for key in checkpoint if key != chosen]
    else:
        if not any(isinstance(value, Tensor) for value in checkpoint.values()):
            what = listing(map(shown, checkpoint)) if checkpoint else "nothing"
            raise UserError(f"holds {what}; it must be a state dict, or have one of {_alternatives()}")
        chosen = "the state dict"
        content = {key: value for key, value in checkpoint.items() if isinstance(value, Tensor)}
        unused = [shown(key) for key in checkpoint if key not in content]
    return Entry(chosen, _tensors(chosen, content), _note(chosen, len(found) > 1, unused))


def _note(chosen: str, several: bool, unused: list[str]) -> str:
    if not unused:
        return ""
    why = ", the moving average of the weights," if several and chosen in AVERAGES else ""
    return f"{chosen}{why} is drawn; not used: {listing(unused)}"


def _alternatives() -> str:
    return ", ".join(map(repr, GENERATOR_KEYS[:-1])) + f" or {GENERATOR_KEYS[-1]!r}"


def _tensors(chosen: str, content: Mapping[object, object]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for key, tensor in content.items():
        if not isinstance(key, str) or not isinstance(tensor, Tensor):
            raise UserError(f"{chosen} has {shown(key)}: {type(tensor).__name__}; allowed: names with tensors")
        if not key.endswith(COUNTER):
            state[key] = tensor.detach()
    odd = [f"{name(key)} {_kind(tensor)}" for key, tensor in state.items() if _kind(tensor)]
    if odd:
        raise UserError(f"{chosen} has tensors of the wrong type: {listing(odd)}; allowed: dense, float16 to float64")
    while state and all(key.startswith(PREFIX) for key in state):
        state = {key.removeprefix(PREFIX): tensor for key, tensor in state.items()}
    return state


def _kind(tensor: Tensor) -> str:
    """What is odd about a tensor; empty if it is plain numbers."""
    if tensor.is_nested:
        return "nested"
    if tensor.layout != torch.strided:
        return str(tensor.layout).removeprefix("torch.")
    if tensor.is_meta:
        return "without numbers"
    return "" if tensor.dtype in FLOATING else str(tensor.dtype).removeprefix("torch.")
