"""Model files: safetensors whose metadata says how to rebuild the networks inside, each by its kind.

A kind is a package of `saddle.networks`. It offers `NETWORKS`, its classes by the role that they have in a model file
("generator", "discriminator", "classifier"). Kinds that train as a GAN on images offer `build_pair(variant, steps=,
seed=, name=)` too, which makes a `Pair` from the settings of an image variant. Packages are imported when asked for:
training one kind of network must not depend on the code of another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from saddle.core.files import replacing
from saddle.core.network import Network
from saddle.errors import LONGEST_VALUE, UserError, reason, shortened, shown

FORMAT = "saddle-2"
# Where in the metadata of the safetensors format the description is.
KEY = "saddle"
NETWORKS = Path(__file__).parents[1] / "networks"
# The package beside the kinds that is none.
SHARED = "convolutions"


def kinds() -> list[str]:
    """The names of all kinds."""
    return sorted(package.name for package in iter_modules([str(NETWORKS)]) if package.name != SHARED)


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

    sample_shape: what its generator must draw, (2,) for points; None for anything. No code of the file is run.

    Raises `UserError`, one line that names the file, if it is missing, is no safetensors file, was not written by
    `save_model`, lacks a role, draws something else, has settings that its networks cannot have, or tensors other than
    the networks' own or with NaN or infinity in them.
    """
    path = Path(path)
    if not path.is_file():
        found = "not a file" if path.exists() else "no such model file"
        raise UserError(f"{path}: {found}; train it first (dvc repro) or name another")
    try:
        with safe_open(path, framework="pt") as file:
            networks, facts = _described(file.metadata() or {}, roles)
            if sample_shape is not None and (drawn := networks["generator"].sample_shape) != sample_shape:
                raise UserError(f"its generator draws samples of shape {drawn}; expected {sample_shape}")
            for role, network in networks.items():
                _fill(file, role, network.to_empty(device=device))
    except SafetensorError as error:
        raise UserError(f"{path}: not a safetensors model file ({reason(error)})") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return Model({role: network.eval() for role, network in networks.items()}, facts)


def _described(metadata: Mapping[str, str], roles: tuple[str, ...]) -> tuple[dict[str, Network], dict[str, Any]]:
    """The networks that `save_model` described, on the device "meta", and the facts about them."""
    if KEY not in metadata:
        raise UserError("a safetensors file, but not a model written by this pipeline")
    try:
        description = json.loads(metadata[KEY])
        if (found := description.get("format")) != FORMAT:
            raise UserError(f"written in format {shown(found)}; this version reads {FORMAT!r}")
        made = description["networks"]
        if missing := [role for role in roles if role not in made]:
            raise UserError(f"holds no {missing[0]}, only {', '.join(made) or 'nothing'}")
        with torch.device("meta"):
            networks = {role: kind(own["kind"]).NETWORKS[role](**own["settings"]) for role, own in made.items()}
        return networks, description["facts"]
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(f"its description makes no networks ({reason(error)})") from None


def _fill(file: Any, role: str, network: Network) -> None:
    """Give `network` its tensors, which keep their layout in memory. Raises `UserError` if they are not its own."""
    start, names = f"{role}.", file.keys()
    state = {name.removeprefix(start): file.get_tensor(name) for name in names if name.startswith(start)}
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{role}.{name} has NaN or infinity among its numbers")
    try:
        network.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        # PyTorch's first line only says that there are problems; each further one is a problem.
        problem = shortened(str(error).partition("\n")[2] or error, 2 * LONGEST_VALUE)
        raise UserError(f"the weights do not fit the {role} of {network.kind} with its settings: {problem}") from None
