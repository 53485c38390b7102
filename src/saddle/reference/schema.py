"""The JSON schema of params.yaml: from the settings' classes, with the comments of the file as descriptions."""

import json

from saddle.config import Settings
from saddle.reference.comments import comments_of
from saddle.reference.remarks import Remark, docstring_parts, section_classes, together
from saddle.reference.settings import ROOT, Schema, Setting, settings_in
from saddle.yaml_text import parse_yaml

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def parameter_schema(text: str) -> Schema:
    """The schema of params.yaml; text: the content of the project's own file, whose comments describe the keys.

    It knows the keys, types, ranges and names that are allowed. What two keys must have in common, such as a start
    below a stop, only the settings' classes check.
    """
    schema = settings_schema()
    classes = section_classes()
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


def remarks(text: str, schema: Schema) -> dict[tuple[str, str], Remark]:
    """What the comments of params.yaml say of each setting, by its class and name."""
    content, comments = parse_yaml(text), comments_of(text)
    uses: dict[tuple[str, str], list[Setting]] = {}
    for setting in settings_in(schema, content):
        uses.setdefault((setting.owner, setting.key[-1]), []).append(setting)
    said = {owned: {use.key: comments.of(use.key) for use in found} for owned, found in uses.items()}
    return {owned: together(by_key) for owned, by_key in said.items() if any(by_key.values())}
