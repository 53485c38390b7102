"""The JSON schema of params.yaml: as committed, true of the file, and with something to say of every key."""

from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT

from saddle.reporting.schema import SCHEMA, schema_text, settings_schema

PARAMS = (ROOT / "params.yaml").read_text()
VALIDATOR = jsonschema.Draft202012Validator(settings_schema())


def errors(key: str, value: object) -> list[object]:
    """What the schema has against params.yaml with one value changed."""
    params = yaml.safe_load(PARAMS)
    section: Any = params
    *sections, name = key.split(".")
    for part in sections:
        section = section[part]
    section[name] = value
    return list(VALIDATOR.iter_errors(params))


def test_the_committed_schema_is_that_of_the_settings_and_params_yaml_names_and_fits_it() -> None:
    assert (ROOT / SCHEMA).read_text() == schema_text(), "out of date: saddle schema"
    VALIDATOR.check_schema(VALIDATOR.schema)
    assert PARAMS.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA}"
    assert list(VALIDATOR.iter_errors(yaml.safe_load(PARAMS))) == []


def test_every_key_says_what_it_is() -> None:
    schema = settings_schema()
    sections = {"Settings": schema, **schema["$defs"]}
    assert [name for name, section in sections.items() if not section.get("description")] == []
    # A section that stands in a single place says it of itself.
    bare = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, node in section["properties"].items()
        if key != "kind" and "description" not in node and "$ref" not in node
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("device", "gpu"),
        ("points.recipes.minibatch.variants.gan.constraint.limit", 0.1),
        ("comparison.scheduler", "localhost:8786"),
    ],
)
def test_what_the_settings_refuse_the_schema_refuses(key: str, value: object) -> None:
    assert errors(key, value) != []


@pytest.mark.parametrize("layers", ["all", "0-1,3", 4, ["all", "0-1", 2]])
def test_layers_may_be_given_in_each_of_the_ways_that_the_settings_take(layers: object) -> None:
    assert errors("sefa.layers", layers) == []
