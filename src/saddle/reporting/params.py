"""What changed in params.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from saddle.errors import UserError
from saddle.reporting.states import PARAMS, State
from saddle.yaml_text import YamlError, parse_yaml


@dataclass(frozen=True)
class ParameterChange:
    """One parameter, by its dotted name, before and after; None where it is not there."""

    name: str
    before: str | None
    after: str | None


def read_params(state: State) -> dict[str, Any]:
    """The parameters of `state` by their dotted names, none if it has no params.yaml.

    Raises `UserError` if the file is not YAML or holds no mapping.
    """
    if PARAMS not in state.blobs:
        return {}
    try:
        content = parse_yaml(state.read(PARAMS).decode())
    except YamlError as error:
        raise UserError(f"{PARAMS} in {state}: {error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{PARAMS} in {state}: not valid YAML ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{PARAMS} in {state}: holds {type(content).__name__}; expected a mapping of settings")
    return dict(_leaves(content))


def _leaves(content: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def compare_params(before: dict[str, Any], after: dict[str, Any]) -> list[ParameterChange]:
    """The parameters that differ, in the order of the file."""
    return [
        ParameterChange(name, _text(before, name), _text(after, name))
        for name in dict.fromkeys([*after, *before])
        if _text(before, name) != _text(after, name)
    ]


def _text(params: dict[str, Any], name: str) -> str | None:
    """A value as YAML has it, on one line; None if there is no such parameter."""
    if name not in params:
        return None
    written = yaml.safe_dump(params[name], default_flow_style=True, width=float("inf"), allow_unicode=True)
    return written.removesuffix("\n").removesuffix("\n...")
