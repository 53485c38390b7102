"""Reading a generator from a file: a model of this pipeline, or one that others published in one of the layouts here.

The names of a state dict's tensors tell which layout it has, their shapes the settings. ProGAN, StyleGAN and StyleGAN2
are as the code of Shen and Zhou 2021 (SeFa) publishes them, such as `pggan_celebahq1024.pth`; the fourth is the
generator of PyTorch's DCGAN tutorial.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from saddle.core.model_file import load_model
from saddle.core.network import Generator
from saddle.errors import UserError, reason, shortened
from saddle.networks.dcgan_tutorial import DCGANTutorialGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.networks.stylegan import StyleGANGenerator
from saddle.networks.stylegan2 import StyleGAN2Generator
from saddle.sefa.checkpoints import COUNTER, listing, read_entry

State = Mapping[str, Tensor]
OWN_SUFFIX = ".safetensors"


class Layout(NamedTuple):
    """title: what errors call it. mark: how one of its names begins that no layout before it has.

    settings: the arguments of `make` that the shapes of a state dict ask for.
    """

    title: str
    mark: str
    make: Callable[..., Generator]
    settings: Callable[[State], dict[str, Any]]


def _size(state: State, key: str, dimension: int) -> int:
    """The size of a tensor in a dimension; 1 if it is not there, so that what is missing can be told."""
    return state[key].shape[dimension] if key in state else 1


def _count(state: State, names: str) -> int:
    """How many of something there are: one more than the largest number in the names that match `names`."""
    return 1 + max((int(found[1]) for key in state if (found := re.fullmatch(names, key))), default=0)


def _progan(state: State) -> dict[str, Any]:
    blocks = max(_count(state, r"output(\d\d?)\.weight"), 2)
    widths = [_size(state, f"output{block}.weight", 1) for block in range(blocks)]
    return {
        "latent_dim": _size(state, "layer0.weight", 1),
        "resolution": 2 ** (blocks + 1),
        "channels": _size(state, "output0.bias", 0),
        # The least base that gives every resolution enough features. Where the base decides their number, it is exact.
        "fmaps_base": max(width * 2 ** (block + 2) for block, width in enumerate(widths)),
        "fmaps_max": max(widths),
    }


def _tutorial(state: State) -> dict[str, Any]:
    # A convolution, batch normalization and ReLU for each resolution; ReLU has no tensors.
    blocks = max(-(-_count(state, r"main\.(\d\d?)\.weight") // 3), 2)
    return {
        "latent_dim": _size(state, "main.0.weight", 0),
        "widths": [_size(state, f"main.{3 * block}.weight", 1) for block in range(blocks - 1)],
        "channels": _size(state, f"main.{3 * (blocks - 1)}.weight", 1),
    }


def _styles(state: State) -> dict[str, Any]:
    blocks = max(_count(state, r"synthesis\.output(\d\d?)\.weight"), 2)
    return {
        "latent_dim": _size(state, "mapping.dense0.weight", 1),
        "w_dim": _size(state, "truncation.w_avg", 0),
        "mapping_width": _size(state, "mapping.dense0.weight", 0),
        "mapping_layers": _count(state, r"mapping\.dense(\d\d?)\.weight"),
        "widths": [_size(state, f"synthesis.output{block}.weight", 1) for block in range(blocks)],
        "channels": _size(state, "synthesis.output0.bias", 0),
    }


# The registry: a new layout is a line here, what its shapes mean above, and a package of saddle.networks.
LAYOUTS = (
    Layout("ProGAN", r"lod$|(layer|output)\d", ProGANGenerator, _progan),
    Layout("DCGAN tutorial", r"main\.\d", DCGANTutorialGenerator, _tutorial),
    Layout("StyleGAN2", r"synthesis\.(early_layer|upsample|layer\d+\.noise)", StyleGAN2Generator, _styles),
    Layout("StyleGAN", r"(mapping|truncation|synthesis)\.", StyleGANGenerator, _styles),
)


def read_generator(path: str | Path, device: torch.device) -> tuple[Generator, Mapping[str, Any], str]:
    """The generator in a file, on `device`, in evaluation mode; what the file says of its training; and a note.

    What a file is, its content tells, whatever it is called: a model file of this pipeline, or a PyTorch checkpoint
    that others published, which says nothing of its training. The note is one line on what of that is not used; empty
    if nothing. Raises `UserError` as `load_model` and `load_published`.
    """
    path = Path(path)
    if path.suffix == OWN_SUFFIX or not path.is_file() or _is_model_file(path):
        model = load_model(path, ("generator",), device)
        return model["generator"], model.facts, ""
    generator, note = load_published(path)
    return generator.to(device), {}, note


def load_published(path: Path) -> tuple[Generator, str]:
    """The generator in a PyTorch checkpoint of one of `LAYOUTS`, on the CPU, in evaluation mode; and what was left out.

    Half precision becomes float32. Raises `UserError`, one line, as `read_entry`, and if the names, shapes or values
    are not those of a layout; the message names the nearest and what differs.
    """
    try:
        name, state, unused = read_entry(path)
        return _rebuilt(name, state), f"{path}: {unused}" if unused else ""
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _is_model_file(path: Path) -> bool:
    """A safetensors file begins with eight bytes, the length of its header, whose first byte is a brace."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def _rebuilt(name: str, state: State) -> Generator:
    """The generator of a state dict, which errors call `name`."""
    layout = next((each for each in LAYOUTS if any(re.match(each.mark, key) for key in state)), None)
    if layout is None:
        held = listing(map(shortened, state)) if state else "nothing"
        known = ", ".join(each.title for each in LAYOUTS)
        raise UserError(f"{name} holds {held}, and no tensor of a known layout: {known}")
    try:
        # On this device nothing is allocated, whatever sizes the shapes ask for.
        with torch.device("meta"):
            generator = layout.make(**layout.settings(state))
    except Exception as error:  # shapes that belong to nothing known fail in many ways
        raise UserError(f"{name} is no generator of the layout {layout.title}: {reason(error)}") from None
    expected = {key: tensor for key, tensor in generator.state_dict().items() if not key.endswith(COUNTER)}
    described = f"{layout.title}, {generator.sample_shape[-1]} x {generator.sample_shape[-1]} pixels"
    missing, unknown = [key for key in expected if key not in state], sorted(state.keys() - expected.keys())
    differences = [
        f"{kind} keys: {listing(map(shortened, keys))}"
        for kind, keys in (("missing", missing), ("unknown", unknown))
        if keys
    ]
    if differences:
        raise UserError(f"{name} has no known layout; the nearest is {described}: {'; '.join(differences)}")
    misshapen = [
        f"{key} {shortened(tuple(state[key].shape))} where {tuple(tensor.shape)} fits"
        for key, tensor in expected.items()
        if state[key].shape != tensor.shape
    ]
    if misshapen:
        raise UserError(f"{name} ({described}) has tensors of the wrong shape: {listing(misshapen)}")
    single = {key: tensor.float() for key, tensor in state.items()}
    infinite = [key for key, tensor in single.items() if not all(map(torch.isfinite, tensor.aminmax()))]
    if infinite:
        raise UserError(f"{name} ({described}) has values that are not finite in float32 in: {listing(infinite)}")
    counters = {key: torch.zeros((), dtype=torch.long) for key in generator.state_dict() if key.endswith(COUNTER)}
    try:
        generator.to_empty(device="cpu").load_state_dict({**single, **counters})
    except ValueError as error:
        raise UserError(f"{name} ({described}): {error}") from None
    return generator.eval()
