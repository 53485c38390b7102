"""Model files: safetensors whose metadata says how to rebuild the networks inside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from saddle.core.network import Network
from saddle.core.network_kinds import kind
from saddle.errors import UserError
from saddle.files import replacing

FORMAT = "saddle-2"


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
        part.write_bytes(save(tensors, {"saddle": json.dumps(description, sort_keys=True)}))


def load_model(path: str | Path, roles: tuple[str, ...], device: torch.device | str = "cpu") -> Model:
    """Rebuild the networks of `path`, in evaluation mode; `roles` are the ones that it must hold.

    Raises `UserError` if the file is missing, is no safetensors file, was not written by `save_model`, lacks
    a role, or its tensors do not fit the networks that it names.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such model file; train it first (dvc repro) or name another")
    try:
        with safe_open(path, framework="pt", device=str(device)) as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: not a safetensors model file ({error})") from None
    try:
        description = json.loads(metadata["saddle"])
        if description["format"] != FORMAT:
            raise UserError(f"{path}: written in format {description['format']!r}; this version reads {FORMAT!r}")
        specifications = description["networks"]
        missing = [role for role in roles if role not in specifications]
        if missing:
            raise UserError(f"{path}: holds no {missing[0]}, only {', '.join(specifications)}")
        networks = {
            role: _rebuilt(path, role, specification["kind"], specification["settings"], tensors)
            for role, specification in specifications.items()
        }
        return Model({role: net.to(device).eval() for role, net in networks.items()}, description["facts"])
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{path}: a safetensors file, but not a model written by this pipeline") from None


def _rebuilt(
    path: Path, role: str, kind_name: str, settings: dict[str, Any], tensors: Mapping[str, torch.Tensor]
) -> Network:
    try:
        network: Network = kind(kind_name).NETWORKS[role](**settings)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    prefix = f"{role}."
    state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise UserError(
            f"{path}: the weights do not fit the {role} of {kind_name} with its settings: {first}"
        ) from None
    return network
