"""The schema of params.yaml: for editors, which complete the file by it (`saddle schema`), and as a page to read."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from saddle.config import Settings
from saddle.core.files import replacing

SCHEMA = "params.schema.json"
INTRODUCTION = """# Parameters

Every knob is a key of `params.yaml`, where its value stands with a word on why. The file is checked as a whole before a
stage does anything. R1 to R4 are the course reports; `NAME` is a name of your choice: a small letter, then small
letters, digits, `_` and `-`.

A key is changed for one experiment by `dvc exp run -S KEY=VALUE`, or for good in the file.
"""
HEAD = "| key | allowed | meaning |\n| --- | --- | --- |"
LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minItems": "length at least {}",
    "maxItems": "at most {}",
    "pattern": "like `{}`",
}
TYPES = {
    "array": "list",
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "null": "`null`",
    "number": "number",
    "object": "mapping",
    "string": "text",
}

Schema = dict[str, Any]


class _Closed(GenerateJsonSchema):
    """Without titles of keys, which repeat their names; with names refused that fit no pattern, as the settings do."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


def settings_schema() -> Schema:
    """The schema of params.yaml: its keys, types, ranges and names, and the description of each.

    What two keys must have in common, such as a start below a stop, only the settings' classes check.
    """
    schema = Settings.model_json_schema(schema_generator=_Closed)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "params.yaml of Saddle"}


def schema_text() -> str:
    """The content of params.schema.json."""
    return json.dumps(settings_schema(), indent=1, ensure_ascii=False) + "\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", default=SCHEMA, metavar="FILE", help=f"the file to write (default: {SCHEMA})")


def run(arguments: argparse.Namespace) -> None:
    """Write the schema."""
    with replacing(arguments.out) as part:
        part.write_text(schema_text(), encoding="utf-8")


def parameters_page() -> str:
    """The page in Markdown: a table for each section, under the dotted name of the first place where it may stand."""
    schema = settings_schema()
    return "\n".join([INTRODUCTION, *_tables("", "For all experiments", schema, schema["$defs"], {})])


def _tables(key: str, heading: str, section: Schema, known: Schema, links: dict[str, str]) -> Iterator[str]:
    """A section, then those within it. known: sections by name; links: to those that are told, by their reference."""
    rows, within = [], []
    for name, node in section["properties"].items():
        description = node.get("description", "")
        for path, reference in _references(node, f"{key}.{name}".lstrip(".")):
            found = known[reference.rpartition("/")[2]]
            description = description or found["description"]  # pydantic leaves out one that is the section's own
            if reference not in links:
                kind = found["properties"].get("kind", {}).get("const")
                anchor = f"{path}-{kind}" if kind else path
                links[reference] = f"[{kind or 'section'}](#{anchor})"
                within.append((path, f"`{path}`{f' of kind `{kind}`' if kind else ''} {{ #{anchor} }}", found))
        rows.append(f"| `{name}` | {_allowed(node, links)} | {description} |")
    yield "\n".join([f"## {heading}", "", section["description"], "", HEAD, *rows, ""])
    for path, title, found in within:
        yield from _tables(path, title, found, known, links)


def _references(node: Schema, path: str) -> Iterator[tuple[str, str]]:
    """The sections that may stand at `path`: where, with NAME for a name of the user's, and the reference."""
    if "$ref" in node:
        yield path, node["$ref"]
    for part in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _references(part, path)
    for part in node.get("patternProperties", {}).values():
        yield from _references(part, f"{path}.NAME")


def _allowed(node: Schema, links: dict[str, str]) -> str:
    """What values `node` describes, in words."""
    if "$ref" in node:
        return links[node["$ref"]]
    if several := node.get("anyOf") or node.get("oneOf"):
        return ", or ".join(_allowed(part, links) for part in several)
    if choices := node.get("enum") or ([node["const"]] if "const" in node else []):
        return ", ".join(f"`{choice}`" for choice in choices)
    if "patternProperties" in node:
        (part,) = node["patternProperties"].values()
        return f"by NAME: {_allowed(part, links)}"
    limits = [words.format(node[name]) for name, words in LIMITS.items() if name in node]
    allowed = ", ".join([TYPES[node["type"]], *limits])
    return f"{allowed}; each: {_allowed(node['items'], links)}" if "items" in node else allowed
