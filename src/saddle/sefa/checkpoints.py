"""Checkpoints that others published: from a PyTorch file to the state dict of its generator. No code in it is run."""

import pickle
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from saddle.errors import LONGEST_VALUE, UserError, reason, shortened, shown

# In order of preference: moving averages of the weights draw better images than the weights themselves.
AVERAGES = ("generator_smooth", "g_ema", "G_ema")
GENERATOR_KEYS = (
    *(*AVERAGES, "generator", "G", "netG_state_dict", "netG"),
    *("generator_state_dict", "model_state_dict", "state_dict"),
)
ALTERNATIVES = ", ".join(map(repr, GENERATOR_KEYS[:-1])) + f" or {GENERATOR_KEYS[-1]!r}"
# What torch.nn.DataParallel and torch.compile put before each name.
PREFIXES = ("module.", "_orig_mod.")
# How often batch normalization has seen a batch: an integer that drawing does not need, and older files lack.
COUNTER = ".num_batches_tracked"
# What is often found in the place of a checkpoint, by how it begins.
OTHERS = {
    rb"\s*<(!doctype|html|\?xml)": "a web page; the link leads to a page about the file, or asks to confirm a download",
    rb"version https://git-lfs": "a pointer of Git LFS; fetch the file itself: git lfs pull",
}
# Pickles of whole networks name the modules of their authors' code.
WHOLE_NETWORKS = {"torch_utils.persistence": "StyleGAN2-ADA or StyleGAN3", "dnnlib.tflib": "StyleGAN for TensorFlow"}
LISTED = 3  # how many names an error mentions


def read_entry(path: Path) -> tuple[str, dict[str, Tensor], str]:
    """What errors call the state dict of the generator in a file that `torch.save` wrote; it, on the CPU; and a note.

    The note is one sentence on what else the checkpoint holds; empty if nothing. The state dict is the first of
    `GENERATOR_KEYS`, or the whole if that holds tensors; what DataParallel and torch.compile put before the names is
    taken off. Reading a pickle can run any code, so only tensors and plain containers are read.

    Raises `UserError`, to be read behind the file's name, if it is no checkpoint or is damaged, would run code, holds
    no state dict, or one with anything but dense tensors of floating-point numbers.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for pattern, what in OTHERS.items():
        if re.match(pattern, start, re.IGNORECASE):
            raise UserError(what)
    try:
        with warnings.catch_warnings(action="ignore"):  # of a pickle that is refused anyway
            checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise UserError(_refusal(str(error), start)) from None
    except Exception as error:  # a damaged file makes the zip and pickle readers fail in many ways
        raise UserError(f"truncated, damaged, or not a PyTorch checkpoint ({reason(error)})") from None
    return _generator_entry(checkpoint)


def listing(items: Iterable[str]) -> str:
    """The first three of `items`, and how many more there are."""
    items = list(items)
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more


def _refusal(said: str, start: bytes) -> str:
    """Why a pickle was not read; of PyTorch's message, which advises loading without the check, only what it met.

    start: of the file. PyTorch reads protocol 2 only, and of a newer one does not tell what it asks for.
    """
    found = re.search(r"GLOBAL (\S+)", said)
    met = found[1][:LONGEST_VALUE] if found else ""
    for module, network in WHOLE_NETWORKS.items():
        if met.startswith(module) or module.encode() in start:
            return (
                f"a pickle of a whole network, as {network} saves them, which needs and runs its authors' code; "
                "save its weights there: torch.save(G_ema.state_dict(), ...)"
            )
    why = f"it asks for {met}" if met else "it is no PyTorch checkpoint, or a damaged one"
    return (
        f"refused, and nothing in it was run: {why}; allowed: tensors, numbers, strings, lists and dicts, since a "
        "pickle of anything else may run code as it is read"
    )


def _generator_entry(checkpoint: object) -> tuple[str, dict[str, Tensor], str]:
    if not isinstance(checkpoint, Mapping):
        raise UserError(f"holds a {type(checkpoint).__name__}; allowed: a state dict, or a dict with {ALTERNATIVES}")
    found = [key for key in GENERATOR_KEYS if key in checkpoint]
    if found:
        chosen, content = found[0], checkpoint[found[0]]
        if not isinstance(content, Mapping):
            raise UserError(f"{chosen} is a {type(content).__name__}; allowed: a state dict")
        unused = [shown(key) for key in checkpoint if key != chosen]
    else:
        if not any(isinstance(value, Tensor) for value in checkpoint.values()):
            what = listing(map(shown, checkpoint)) if checkpoint else "nothing"
            raise UserError(f"holds {what}; it must be a state dict, or have one of {ALTERNATIVES}")
        chosen = "the state dict"
        content = {key: value for key, value in checkpoint.items() if isinstance(value, Tensor)}
        unused = [shown(key) for key in checkpoint if key not in content]
    why = ", the moving average of the weights," if len(found) > 1 and chosen in AVERAGES else ""
    note = f"{chosen}{why} is drawn; not used: {listing(unused)}" if unused else ""
    return chosen, _tensors(chosen, content), note


def _tensors(chosen: str, content: Mapping[object, object]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for key, tensor in content.items():
        if not isinstance(key, str) or not isinstance(tensor, Tensor):
            raise UserError(f"{chosen} has {shown(key)}: {type(tensor).__name__}; allowed: names with tensors")
        if not key.endswith(COUNTER):
            state[key] = tensor.detach()
    odd = [
        f"{shortened(key)} {str(tensor.dtype).removeprefix('torch.')}"
        for key, tensor in state.items()
        if tensor.is_sparse or not tensor.is_floating_point()
    ]
    if odd:
        raise UserError(f"{chosen} has tensors of the wrong type: {listing(odd)}; allowed: dense, float16 to float64")
    while state and (prefix := next((each for each in PREFIXES if all(key.startswith(each) for key in state)), "")):
        state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    return state
