"""`saddle schema`: bring params.schema.json, which editors complete params.yaml by, up to date."""

import argparse
import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from saddle.config import Settings
from saddle.core.files import replacing

SCHEMA = "params.schema.json"


class _Closed(GenerateJsonSchema):
    """Without titles of keys, which repeat their names; with names refused that fit no pattern, as the settings do."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


def settings_schema() -> dict[str, Any]:
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
