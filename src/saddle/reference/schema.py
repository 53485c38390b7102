"""The JSON schema of params.yaml: from the settings' classes, with the comments of the file as descriptions."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from saddle.config import Section, Settings
from saddle.reference.comments import Key, comments_of
from saddle.reference.settings import ROOT, Schema, Setting, settings_in
from saddle.yaml_text import parse_yaml

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# What the docstring of a class says of its settings: "lr, b1, b2: of both networks' optimizers; ..."
ABOUT = re.compile(r"(?:^|(?<=\. ))((?:\w+, )*\w+): ")


def parameter_schema(text: str) -> Schema:
    """The schema of params.yaml; text: the content of the project's own file, whose comments describe the keys.

    It knows the keys, types, ranges and names that are allowed. What two keys must have in common, such as a start
    below a stop, only the settings' classes check.
    """
    schema = settings_schema()
    classes = _sections()
    for name, section in (*schema["$defs"].items(), (ROOT, schema)):
        section["description"], of_settings = docstring_parts(classes[name])
        for setting, text_of in of_settings.items():
            section["properties"][setting]["description"] = text_of
    for (owner, name), said in remarks(text, schema).items():
        described = (schema if owner == ROOT else schema["$defs"][owner])["properties"][name]
        of_all = "" if said.holds_for_all else described.get("description", "")
        described["description"] = f"{of_all}\n{said.text}".strip()
    return {"$schema": DRAFT, "title": "params.yaml of Saddle", **schema}


def settings_schema() -> Schema:
    """The schema that the settings' classes give, without titles, which repeat the names."""
    schema = Settings.model_json_schema()
    for section in (schema, *schema["$defs"].values()):
        section.pop("title")
        for described in section["properties"].values():
            described.pop("title", None)
            if "patternProperties" in described:  # the settings' classes refuse names that fit no pattern
                described["additionalProperties"] = False
    return schema


def schema_text(text: str) -> str:
    """The content of params.schema.json for a params.yaml that holds `text`."""
    return json.dumps(parameter_schema(text), indent=1, ensure_ascii=False) + "\n"


def docstring_parts(section: type[Section]) -> tuple[str, dict[str, str]]:
    """What the docstring of a class of settings says of the class, and of each setting, those of its bases included."""
    of_settings: dict[str, str] = {}
    for base in reversed([base for base in section.__mro__ if issubclass(base, Section)]):
        summary, _, text = inspect.cleandoc(base.__doc__ or "").partition("\n\n")
        text = " ".join(text.split())
        found = [match for match in ABOUT.finditer(text) if set(match[1].split(", ")) <= base.model_fields.keys()]
        starts = [*(match.start() for match in found), len(text)]
        for match, end in zip(found, starts[1:], strict=True):
            of_settings.update(dict.fromkeys(match[1].split(", "), text[match.end() : end].strip()))
    return " ".join(f"{summary} {text[: starts[0]]}".split()), of_settings


def _sections(base: type[Section] = Section) -> dict[str, type[Section]]:
    """All classes of settings by name."""
    found: dict[str, type[Section]] = {}
    for section in base.__subclasses__():
        found |= {section.__name__: section, **_sections(section)}
    return found


class Remark(NamedTuple):
    """What comments say of a setting. holds_for_all: of all places where it is, or only of those that are named."""

    text: str
    holds_for_all: bool


def remarks(text: str, schema: Schema) -> dict[tuple[str, str], Remark]:
    """What the comments of params.yaml say of each setting, by its class and name."""
    content, comments = parse_yaml(text), comments_of(text)
    uses: dict[tuple[str, str], list[Setting]] = {}
    for setting in settings_in(schema, content):
        uses.setdefault((setting.owner, setting.key[-1]), []).append(setting)
    said = {owned: {use.key: comments.of(use.key) for use in found} for owned, found in uses.items()}
    return {owned: _together(by_key) for owned, by_key in said.items() if any(by_key.values())}


def _together(said: Mapping[Key, str]) -> Remark:
    """A remark as it is if all keys have it; else each with the parts of its key in which that differs from others."""
    if len(set(said.values())) == 1:
        return Remark(next(iter(said.values())), True)
    places = [place for place, parts in enumerate(zip(*said, strict=False)) if len(set(parts)) > 1]
    lines = (f"{'.'.join(key[place] for place in places)}: {text}" for key, text in said.items() if text)
    return Remark("\n".join(lines), False)
