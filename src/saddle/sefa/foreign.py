"""Reading ProGAN checkpoints that others published, such as `pggan_celebahq1024.pth`."""

import pickle
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saddle.errors import UserError
from saddle.networks.progan.network import RESOLUTIONS, ProGANGenerator

# In order of preference: the moving average of the weights draws better images than the weights themselves.
GENERATOR_KEYS = ("generator_smooth", "generator")
# A generator has a block for each resolution from 4 x 4 up to its own, which is 8 to 1024.
BLOCKS = range(2, len(RESOLUTIONS) + 2)
LISTED = 3  # how many keys an error message names


def load_progan_checkpoint(path: str | Path) -> ProGANGenerator:
    """The generator in a `.pth` checkpoint, on the CPU, in evaluation mode, at the level of detail saved there.

    The file holds a dict. Its entry `generator_smooth`, or `generator` if there is no such entry, is a state dict in
    the layout of `ProGANGenerator`. The settings follow from the shapes of the tensors. Reading a pickle can run any
    code, so only tensors and plain containers are read (`weights_only=True`).

    Raises `UserError` if the file is missing or damaged, is no checkpoint, would run code, or has neither entry, or
    if the tensors are not those of a `ProGANGenerator`.
    """
    path = Path(path)
    name, state = _generator_state(path, _read(path))
    blocks = _number_of_blocks(path, name, state)
    try:
        with torch.device("meta"):
            generator = ProGANGenerator(**_settings(state, blocks))
    except UserError as error:
        raise UserError(f"{path}: {name}: {error}") from None
    _check_tensors(path, name, state, generator)
    generator.to_empty(device="cpu").load_state_dict(state)
    return generator.eval()


def _read(path: Path) -> object:
    if not path.is_file():
        raise UserError(f"{path}: no such checkpoint file; sefa.checkpoints must give the path of a .pth file")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # Only this name is taken from PyTorch's message, which advises loading the file without the check.
        named = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"it asks for {named[1]}" if named else "it is no PyTorch checkpoint, or a damaged one"
        raise UserError(
            f"{path}: refused, and nothing in it was run: {reason}; allowed: tensors, numbers, strings, "
            "lists and dicts, since a pickle of anything else may run code as it is read"
        ) from None
    except Exception as error:  # a damaged file makes the zip and pickle readers fail in many ways
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UserError(f"{path}: truncated, damaged, or not a PyTorch checkpoint ({reason})") from None


def _generator_state(path: Path, checkpoint: object) -> tuple[str, Mapping[str, Tensor]]:
    """The key of the state dict to load, and the state dict."""
    if not isinstance(checkpoint, Mapping):
        raise UserError(f"{path}: holds a {type(checkpoint).__name__}; allowed: a dict with {_alternatives()}")
    name = next((key for key in GENERATOR_KEYS if key in checkpoint), None)
    if name is None:
        found = _listing(map(repr, checkpoint)) if checkpoint else "nothing"
        raise UserError(f"{path}: holds {found}; one of {_alternatives()} must be in it")
    state = checkpoint[name]
    if not isinstance(state, Mapping):
        raise UserError(f"{path}: {name} is a {type(state).__name__}; allowed: a state dict")
    for key, tensor in state.items():
        if not isinstance(key, str) or not isinstance(tensor, Tensor):
            raise UserError(f"{path}: {name} has {key!r}: {type(tensor).__name__}; allowed: names with tensors")
    return name, state


def _alternatives() -> str:
    return " or ".join(map(repr, GENERATOR_KEYS))


def _expected_names(blocks: int) -> list[str]:
    layers = [f"layer{number}" for number in range(2 * blocks)] + [f"output{n}" for n in range(blocks)]
    return ["lod", *(f"{layer}.{part}" for layer in layers for part in ("weight", "bias"))]


def _number_of_blocks(path: Path, name: str, state: Mapping[str, Tensor]) -> int:
    """How many resolutions the generator has, 4 x 4 included, according to the names of its tensors.

    Raises `UserError` if no number fits all names; the message then speaks of the number that fits best.
    """
    blocks = min(BLOCKS, key=lambda blocks: len(state.keys() ^ set(_expected_names(blocks))))
    missing = [key for key in _expected_names(blocks) if key not in state]
    unknown = sorted(state.keys() - set(_expected_names(blocks)))
    faults = [f"{kind} keys: {_listing(keys)}" for kind, keys in (("missing", missing), ("unknown", unknown)) if keys]
    if faults:
        side = 2 ** (blocks + 1)
        raise UserError(f"{path}: {name} is no ProGAN generator of {side} x {side} pixels; {'; '.join(faults)}")
    return blocks


def _settings(state: Mapping[str, Tensor], blocks: int) -> dict[str, Any]:
    """The constructor's arguments. As some shapes may be wrong, each is the size that most tensors agree on."""
    widths = [_most_common(state, _places_of_width(block)) for block in range(blocks)]
    return {
        "latent_dim": _most_common(state, [("layer0.weight", 1)]),
        "resolution": 2 ** (blocks + 1),
        "channels": _most_common(state, [(f"output{block}.bias", 0) for block in range(blocks)]),
        # The least base that gives every resolution enough features. Where the base decides their number, it is exact.
        "fmaps_base": max(width * 2 ** (block + 2) for block, width in enumerate(widths)),
        "fmaps_max": max(widths),
    }


def _places_of_width(block: int) -> list[tuple[str, int]]:
    """Tensors and their dimensions whose size is the number of features at resolution 4 * 2^block."""
    first, second = f"layer{2 * block}", f"layer{2 * block + 1}"
    return [
        (f"{first}.bias", 0),
        (f"{first}.weight", 0),
        (f"{second}.bias", 0),
        (f"{second}.weight", 0),
        (f"{second}.weight", 1),
        (f"output{block}.weight", 1),
    ]


def _most_common(state: Mapping[str, Tensor], places: Sequence[tuple[str, int]]) -> int:
    """The commonest size at `places`, each the name of a tensor and a dimension; 0 if no tensor has its dimension."""
    sizes = Counter(state[key].shape[dim] for key, dim in places if state[key].ndim > dim)
    return sizes.most_common(1)[0][0] if sizes else 0


def _check_tensors(path: Path, name: str, state: Mapping[str, Tensor], generator: ProGANGenerator) -> None:
    misshapen = [
        f"{key} {tuple(state[key].shape)} where {tuple(tensor.shape)} fits"
        for key, tensor in generator.state_dict().items()
        if state[key].shape != tensor.shape
    ]
    if misshapen:
        raise UserError(f"{path}: {name} has tensors of the wrong shape: {_listing(misshapen)}")
    odd = [f"{key} {tensor.dtype}" for key, tensor in state.items() if not _is_plain(tensor)]
    if odd:
        raise UserError(f"{path}: {name} has tensors of the wrong type: {_listing(odd)}; allowed: dense, floating")
    infinite = [key for key, tensor in state.items() if not torch.isfinite(tensor).all()]
    if infinite:
        raise UserError(f"{path}: {name} has values that are not finite in: {_listing(infinite)}")
    lod = float(state["lod"])
    if not 0 <= lod <= generator.max_lod:
        raise UserError(f"{path}: {name} has lod {lod}; allowed: 0 to {generator.max_lod}")


def _is_plain(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.layout == torch.strided and not tensor.is_meta


def _listing(items: Iterable[str]) -> str:
    """The first three of `items`, and how many more there are."""
    items = list(items)
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return ", ".join(items[:LISTED]) + more
