"""Which settings a file has, and what the schema says of each."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from saddle.reference.comments import Key

ROOT = "Settings"
DEFINITIONS = "#/$defs/"
# What stands for a name that the user chooses, such as a variant's.
ANY_NAME = "NAME"

Schema = dict[str, Any]


class Setting(NamedTuple):
    """One key of a file.

    owner: the class of settings that has it. key: its parts. pattern: the same, with names that the user chooses as
    `ANY_NAME`. node: its part of the schema, as it is there and with what that refers to. value: what the file gives.
    """

    owner: str
    key: Key
    pattern: Key
    node: Schema
    resolved: Schema
    value: Any

    @property
    def is_section(self) -> bool:
        """Whether it has settings of its own."""
        return isinstance(self.value, Mapping) and bool({"properties", "patternProperties"} & self.resolved.keys())


def settings_in(schema: Schema, content: Mapping[str, Any]) -> Iterator[Setting]:
    """All settings that `content` has, in the order of the classes; sections come before what is in them."""
    yield from _within(schema, schema, content, (), (), ROOT)


def _within(schema: Schema, node: Schema, value: Any, key: Key, pattern: Key, owner: str) -> Iterator[Setting]:
    if not isinstance(value, Mapping):
        return
    for name, part in node.get("properties", {}).items():
        if name in value:
            own, found = resolved(schema, part, value[name], owner)
            yield Setting(owner, (*key, name), (*pattern, name), part, found, value[name])
            yield from _within(schema, found, value[name], (*key, name), (*pattern, name), own)
    for part in node.get("patternProperties", {}).values():
        for name in value:
            own, found = resolved(schema, part, value[name], owner)
            yield from _within(schema, found, value[name], (*key, name), (*pattern, ANY_NAME), own)


def resolved(schema: Schema, node: Schema, value: Any, owner: str) -> tuple[str, Schema]:
    """What describes `value` where `node` refers to another part or to one of several; and the name of its class."""
    if "discriminator" in node and isinstance(value, Mapping):
        kind = node["discriminator"]
        return resolved(schema, {"$ref": kind["mapping"][value[kind["propertyName"]]]}, value, owner)
    if "anyOf" in node and value is not None:
        sections = [part for part in node["anyOf"] if "$ref" in part]
        return resolved(schema, sections[0], value, owner) if sections else (owner, node)
    if "$ref" in node:
        name = node["$ref"].removeprefix(DEFINITIONS)
        return name, schema["$defs"][name]
    return owner, node
