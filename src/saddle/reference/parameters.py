"""The page of all parameters: values, what is allowed, and what the comments of params.yaml say."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from saddle.reference.allowed import allowed
from saddle.reference.comments import Comments, Key, comments_of
from saddle.reference.prose import inline, table
from saddle.reference.remarks import differing, docstring_parts, section_classes, together
from saddle.reference.schema import settings_schema
from saddle.reference.settings import DEFINITIONS, Schema, Setting, settings_in
from saddle.yaml_text import parse_yaml

INTRODUCTION = """# Parameters

Every knob is a key of `params.yaml`, which is checked as a whole before a stage does anything. This page is made from
the classes that check it and from the comments in it. R1 to R4 are the course reports; what a report leaves open is
marked *silent*. `NAME` stands for a name of your choice: a small letter, then small letters, digits, `_` and `-`.

A key is changed for one experiment by `dvc exp run -S KEY=VALUE`, or for good in the file.
"""
SECTIONS = """## Kinds of sections { #sections }

What may stand in sections that are at several places, are one of several kinds, or have a name of your choice.
"""
SECTION = re.compile(r"section <code>(\w+)</code>")
SECTION_HEAD = ("key", "allowed", "meaning")
HEAD = ("key", "value", "allowed", "meaning")


def parameters_page(text: str) -> str:
    """The page in Markdown; text: the content of the project's params.yaml."""
    schema, comments = settings_schema(), comments_of(text)
    settings = list(settings_in(schema, parse_yaml(text)))
    # A section has a heading if its settings have lines of their own.
    blocks: dict[Key, list[Setting]] = {
        setting.pattern[:-1]: [] for setting in settings if setting.key in comments.keys
    }
    for setting in settings:
        if setting.pattern not in blocks:
            above = (setting.pattern[:end] for end in range(len(setting.pattern) - 1, -1, -1))
            blocks[next(heading for heading in above if heading in blocks)].append(setting)
    parts = [INTRODUCTION]
    for heading, found in blocks.items():
        inside = [setting for setting in settings if setting.pattern[:-1] == heading]
        parts += [_introduction(heading, inside, comments), table(HEAD, _rows(heading, found, comments)), ""]
    sections = dict(_sections(schema))
    page = "\n".join([*parts, SECTIONS, *sections.values()])
    return SECTION.sub(lambda found: _linked(found[1]) if found[1] in sections else found[0], page)


def _linked(section: str) -> str:
    return f'section <a href="#{section}"><code>{section}</code></a>'


def _sections(schema: Schema) -> Iterator[tuple[str, str]]:
    """The classes of sections that may stand at several places, or be left out: the name and the text of each."""
    places = json.dumps(schema)
    for name, section in schema["$defs"].items():
        fixed = places.count(f'{{"$ref": "{DEFINITIONS}{name}"}}') == 1 and not _is_choice(schema, name)
        if not fixed:
            summary, of_settings = docstring_parts(section_classes()[name])
            rows = [
                [f"<code>{key}</code>", inline(allowed(node)), inline(of_settings.get(key, ""))]
                for key, node in section["properties"].items()
            ]
            yield name, f"### `{name}` {{ #{name} }}\n\n<p>{inline(summary)}</p>\n\n{table(SECTION_HEAD, rows)}\n"


def _is_choice(node: Any, name: str) -> bool:
    """Whether a section of that name is one of several things that may stand at a place."""
    if isinstance(node, Mapping):
        chosen = [*node.get("anyOf", []), *node.get("oneOf", []), *node.get("patternProperties", {}).values()]
        return {"$ref": f"{DEFINITIONS}{name}"} in chosen or any(_is_choice(part, name) for part in node.values())
    return isinstance(node, list) and any(_is_choice(part, name) for part in node)


def _introduction(heading: Key, inside: Sequence[Setting], comments: Comments) -> str:
    """The heading of a section, and what is said of all of it; inside: the settings right in it."""
    if not heading:
        return "\n## For all experiments\n"
    summary, _ = docstring_parts(section_classes()[inside[0].owner])
    said = together({setting.key[:-1]: comments.of(setting.key[:-1]) for setting in inside})
    name = ".".join(heading)
    title = f"{'#' * min(len(heading) + 1, 3)} `{name}` {{ #{name} }}"
    return f"{title}\n\n<p>{inline(summary)}<br>{inline(said.text)}</p>\n"


def _rows(heading: Key, found: Sequence[Setting], comments: Comments) -> list[list[str]]:
    """A row for each key of a section; found: all settings that are told there."""
    patterns: dict[Key, list[Setting]] = {}
    for setting in found:
        patterns.setdefault(setting.pattern, []).append(setting)
    rows = []
    for pattern, same in patterns.items():
        meaning = _meaning(same, comments)
        leaves = [setting for setting in same if not setting.is_section]
        if leaves or meaning:
            name = ".".join(pattern[len(heading) :])
            kinds = dict.fromkeys(allowed(setting.node) for setting in same)
            rows.append([f"<code>{name}</code>", _values(leaves), inline("\n".join(kinds)), meaning])
    return rows


def _meaning(same: Sequence[Setting], comments: Comments) -> str:
    """What is said of a key in the docstring of its class, if no comment speaks for all, and in comments."""
    said = together({setting.key: comments.of(setting.key) for setting in same})
    _, of_settings = docstring_parts(section_classes()[same[0].owner])
    general = "" if said.holds_for_all and said.text else of_settings.get(same[0].key[-1], "")
    return inline(f"{general}\n{said.text}".strip())


def _values(same: Sequence[Setting]) -> str:
    """What the file gives; where it differs, with the names of the parts that it is of."""
    names = differing(setting.key for setting in same)
    of_value: dict[str, list[str]] = {}
    for setting in same:
        of_value.setdefault(f"<code>{inline(_shown(setting.value))}</code>", []).append(names[setting.key])
    if len(of_value) <= 1:
        return next(iter(of_value), "")
    return "<br>".join(f"{', '.join(parts)}: {value}" for value, parts in of_value.items())


def _shown(value: Any) -> str:
    """A value as YAML has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
