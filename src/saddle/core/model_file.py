"""Model files: safetensors whose metadata says how to rebuild the networks inside, each by its kind.

A kind is a package of `saddle.networks`. It offers `NETWORKS`, its classes by the role that they have in a model file
("generator", "discriminator", "classifier"). Kinds that train as a GAN on images offer `build_pair(variant, steps=,
seed=, name=)` too, which makes a `Pair` from the settings of an image variant. Packages are imported when asked for:
training one kind of network must not depend on the code of another.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

import saddle.networks
from saddle.core.files import replacing
from saddle.core.network import Network
from saddle.errors import UserError, reason, shown

FORMAT = "saddle-2"
# Where in the metadata of the safetensors format the description is.
KEY = "saddle"
# The types that networks have, as the format calls them.
DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}

# The package beside the kinds that is none.
SHARED = "convolutions"


def kinds() -> list[str]:
    """The names of all kinds."""
    return sorted(package.name for package in iter_modules(saddle.networks.__path__) if package.name != SHARED)


def kind(name: str) -> Any:
    """The package of a kind. Raises `UserError` if there is none of that name."""
    if name not in kinds():
        raise UserError(f"unknown kind of network {shown(name)}; known: {', '.join(kinds())}")
    return import_module(f"saddle.networks.{name}")


@dataclass(frozen=True)
class Model:
    """What a model file holds: networks by role ("generator", "discriminator") and facts about them."""

    networks: Mapping[str, Network]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, role: str) -> Any:
        return self.networks[role]


def save_model(path: str | Path, networks: Mapping[str, Network], facts: Mapping[str, Any]) -> None:
    """Write `networks` to `path`; `facts` (JSON-able: data set, variant, objective) go into the metadata."""
    tensors = {
        f"{role}.{name}": tensor.detach().cpu().contiguous()
        for role, network in networks.items()
        for name, tensor in network.state_dict().items()
    }
    description = {
        "format": FORMAT,
        "networks": {role: {"kind": net.kind, "settings": net.settings} for role, net in networks.items()},
        "facts": dict(facts),
    }
    with replacing(path) as part:
        part.write_bytes(save(tensors, {KEY: json.dumps(description, sort_keys=True)}))


def load_model(
    path: str | Path,
    roles: tuple[str, ...],
    device: torch.device | str = "cpu",
    *,
    sample_shape: tuple[int, ...] | None = None,
) -> Model:
    """Rebuild the networks of `path`, in evaluation mode; `roles` are the ones that it must hold.

    sample_shape: what its generator must draw, (2,) for points; None for anything.

    Nothing that the file claims is believed: its description is compared with the tensors in it before memory is
    taken for them, and no code of it is run.

    Raises `UserError`, one line that names the file, if it is missing, is no safetensors file, was not written by
    `save_model`, lacks a role, draws something else, has settings that its networks cannot have, or tensors other than
    the networks' own or with NaN or infinity in them.
    """
    path = Path(path)
    with _opened(path) as file:
        description = _description(path, file.metadata() or {})
        specifications: dict[str, Any] = description["networks"]
        missing = [role for role in roles if role not in specifications]
        if missing:
            raise UserError(f"{path}: holds no {missing[0]}, only {', '.join(specifications) or 'nothing'}")
        try:
            with torch.device("meta"):
                networks = {role: _described(role, content) for role, content in specifications.items()}
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
        if sample_shape is not None and (drawn := networks["generator"].sample_shape) != sample_shape:
            raise UserError(f"{path}: its generator draws samples of shape {drawn}; expected {sample_shape}")
        _check_tensors(path, file, networks)
        for role, network in networks.items():
            _fill(path, file, role, network.to_empty(device=device))
    return Model({role: network.eval() for role, network in networks.items()}, description["facts"])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The safetensors file `path`, of which only the header is in memory. Raises `UserError` if it is none."""
    if not path.exists():
        raise UserError(f"{path}: no such model file; train it first (dvc repro) or name another")
    if not path.is_file():
        raise UserError(f"{path}: not a file, so no model file")
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except SafetensorError as error:
        raise UserError(f"{path}: not a safetensors model file ({reason(error)})") from None


def _description(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """What `save_model` wrote of the networks; format, networks and facts are there. Raises `UserError`."""
    if KEY not in metadata:
        raise UserError(f"{path}: a safetensors file, but not a model written by this pipeline")
    try:
        description = json.loads(metadata[KEY])
    except ValueError as error:
        raise UserError(f"{path}: its description of the networks is not JSON ({reason(error)})") from None
    if not isinstance(description, dict):
        raise UserError(f"{path}: its description is {shown(description)}; expected an object")
    found = description.get("format")
    if found != FORMAT:
        raise UserError(f"{path}: written in format {shown(found)}; this version reads {FORMAT!r}")
    for part in ("networks", "facts"):
        if not isinstance(description.get(part), dict):
            raise UserError(f"{path}: {part} are {shown(description.get(part))}; expected an object")
    return description


def _described(role: str, specification: Any) -> Network:
    """The network of a description, on the current device. Raises `UserError` unless all of it is as it must be."""
    try:
        settings = specification["settings"]
        network: Network = kind(specification["kind"]).NETWORKS[role](**settings)
    except UserError:
        raise
    except Exception as error:  # what is no description of a network fails in many ways
        raise UserError(f"the {role} cannot be made with its settings ({reason(error)})") from None
    # A default is not what such a network was made with: `save_model` writes all that its settings hold.
    if lacking := network.settings.keys() - settings.keys():
        raise UserError(f"the {role}'s settings lack {min(lacking)!r}")
    return network


def _check_tensors(path: Path, file: Any, networks: Mapping[str, Network]) -> None:
    """Raise `UserError` unless `file` has the tensors of `networks`, with their shapes and types, and no others."""
    present = set(file.keys())
    for role, network in networks.items():
        for name, tensor in network.state_dict().items():
            if problem := _misfit(file, f"{role}.{name}", tensor, present):
                raise UserError(
                    f"{path}: the weights do not fit the {role} of {network.kind} with its settings: {name} {problem}"
                )
            present.remove(f"{role}.{name}")
    if present:
        raise UserError(f"{path}: the tensor {shown(min(present))} belongs to none of its networks")


def _misfit(file: Any, name: str, expected: Tensor, present: set[str]) -> str | None:
    if name not in present:
        return "is missing"
    found = file.get_slice(name)
    if tuple(found.get_shape()) != tuple(expected.shape):
        return f"has the shape {shown(tuple(found.get_shape()))}; expected {tuple(expected.shape)}"
    if DTYPES.get(found.get_dtype()) is not expected.dtype:
        return f"is of type {found.get_dtype()}; expected {expected.dtype}"
    return None


def _fill(path: Path, file: Any, role: str, network: Network) -> None:
    """Read the tensors of `network`, which keep their layout in memory."""
    state = network.state_dict()
    for name, tensor in state.items():
        content = file.get_tensor(f"{role}.{name}")
        if not torch.isfinite(content).all():
            raise UserError(f"{path}: {role}.{name} has NaN or infinity among its numbers")
        if name.endswith("running_var") and float(content.min()) < 0:
            raise UserError(f"{path}: {role}.{name} has a negative variance")
        tensor.copy_(content)
    try:
        # What a network derives from its tensors follows when it takes up a state.
        network.load_state_dict(state)
    except ValueError as error:
        raise UserError(f"{path}: the {role}'s {error}") from None
