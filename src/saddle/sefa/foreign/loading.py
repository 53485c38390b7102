"""From a checkpoint to a generator: the names of its tensors choose the layout, their shapes the settings."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.sefa.foreign.dcgan_tutorial import DCGAN_TUTORIAL
from saddle.sefa.foreign.entries import COUNTER, generator_entry
from saddle.sefa.foreign.layout import Layout, State
from saddle.sefa.foreign.listing import listing, name, shape
from saddle.sefa.foreign.progan import PROGAN
from saddle.sefa.foreign.reading import check_claims, read_checkpoint
from saddle.sefa.foreign.styles import STYLEGAN, STYLEGAN2

# The registry: a new layout is a line here, a module beside this one and a package of saddle.networks.
LAYOUTS = (PROGAN, DCGAN_TUTORIAL, STYLEGAN, STYLEGAN2)


class ForeignGenerator(NamedTuple):
    """generator: on the CPU, in evaluation mode, in float32. note: one line on what was left out; empty if nothing."""

    generator: Generator
    note: str


def load_generator(path: str | Path) -> ForeignGenerator:
    """The generator in a `.pth` checkpoint of one of `LAYOUTS`.

    The file holds a state dict, or a dict that has one under a usual name (see `GENERATOR_KEYS`). Names may begin with
    `module.`. Half precision becomes float32. Reading a pickle can run any code, so only tensors and plain containers
    are read (`weights_only=True`).

    Raises `UserError`, one line, if the file is missing, damaged or suspicious, holds no state dict, or holds one whose
    names, shapes or values are not those of a layout; the message names the nearest and what differs.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    try:
        entry = generator_entry(checkpoint)
        check_claims(path, entry.state)
        layout, blocks = _chosen(entry.state)
        generator = _rebuilt(layout, blocks, entry.state)
    except _StateError as error:
        raise UserError(f"{path}: {entry.name} {error}") from None
    except UserError as error:
        text = str(error)
        raise UserError(text if text.startswith(f"{path}: ") else f"{path}: {text}") from None
    return ForeignGenerator(generator, f"{path}: {entry.note}" if entry.note else "")


class _StateError(UserError):
    """What is wrong with a state dict; the message goes after its name."""


def _chosen(state: State) -> tuple[Layout, int]:
    """The layout whose names are those of `state`, and the number of its blocks.

    Raises `_StateError` if there is none. The message speaks of the nearest.
    """
    nearest = [(layout, max(layout.blocks, key=lambda n: _likeness(layout, n, state))) for layout in LAYOUTS]
    layout, blocks = max(nearest, key=lambda candidate: _likeness(candidate[0], candidate[1], state))
    names = layout.names(state, blocks)
    if not state.keys() & set(names):
        known = ", ".join(layout.title for layout in LAYOUTS)
        held = listing(map(name, state)) if state else "nothing"
        raise _StateError(f"holds {held}, and no tensor of a known layout: {known}")
    complete = [each.described(n) for each, n in nearest if state.keys() >= set(each.names(state, n))]
    if len(complete) > 1:
        raise _StateError(f"mixes the layouts {' and '.join(complete)}; allowed: one generator")
    missing = [key for key in names if key not in state]
    unknown = sorted(state.keys() - set(names))
    parts = [
        f"{kind} keys: {listing(map(name, keys))}"
        for kind, keys in (("missing", missing), ("unknown", unknown))
        if keys
    ]
    if parts:
        raise _StateError(f"has no known layout; the nearest is {layout.described(blocks)}: {'; '.join(parts)}")
    return layout, blocks


def _likeness(layout: Layout, blocks: int, state: State) -> float:
    """The share of the names that both have, among those that one has: 1 if they are the same."""
    names = set(layout.names(state, blocks))
    return len(state.keys() & names) / len(state.keys() | names)


def _rebuilt(layout: Layout, blocks: int, state: State) -> Generator:
    described = layout.described(blocks)
    try:
        # On this device nothing is allocated, whatever sizes the shapes ask for.
        with torch.device("meta"):
            generator = layout.make(**layout.settings(state, blocks))
    except UserError as error:
        raise _StateError(f"is no generator of the layout {described}: {error}") from None
    expected = {key: tensor for key, tensor in generator.state_dict().items() if not key.endswith(COUNTER)}
    misshapen = [
        f"{key} {shape(state[key].shape)} where {shape(tensor.shape)} fits"
        for key, tensor in expected.items()
        if state[key].shape != tensor.shape
    ]
    if misshapen:
        raise _StateError(f"({described}) has tensors of the wrong shape: {listing(misshapen)}")
    infinite = [key for key in expected if not _is_finite(state[key])]
    if infinite:
        raise _StateError(f"({described}) has values that are not finite in: {listing(infinite)}")
    fault = layout.fault(state, generator)
    if fault:
        raise _StateError(f"({described}) has {fault}")
    generator.to_empty(device="cpu").load_state_dict(state, strict=False)
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm2d) and module.num_batches_tracked is not None:
            module.num_batches_tracked.zero_()
    # Numbers of more than 32 bits may be beyond its range.
    doubles = [key for key in expected if state[key].dtype == torch.float64]
    beyond = [key for key in doubles if not _is_finite(generator.state_dict()[key])]
    if beyond:
        raise _StateError(f"({described}) has values beyond the range of float32 in: {listing(beyond)}")
    return generator.eval()


def _is_finite(tensor: Tensor) -> bool:
    """Whether no number is infinite or NaN; in one pass, with no copy of the tensor."""
    return tensor.numel() == 0 or all(bool(torch.isfinite(end)) for end in tensor.aminmax())
