"""The JSON schema of params.yaml: as committed, true of the file, and with something to say of every key."""

from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT

from saddle.reference import command
from saddle.reference.comments import comments_of
from saddle.reference.schema import parameter_schema, schema_text
from saddle.reference.settings import settings_in

PARAMS = (ROOT / "params.yaml").read_text()
SCHEMA = parameter_schema(PARAMS)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def description(owner: str, name: str) -> str:
    section = SCHEMA if owner == "Settings" else SCHEMA["$defs"][owner]
    said: str = section["properties"][name].get("description", "")
    return said


def test_the_committed_schema_is_that_of_the_settings_and_the_comments() -> None:
    assert (ROOT / command.SCHEMA).read_text() == schema_text(PARAMS), "out of date: saddle schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_editors_find_the_schema_by_the_first_line() -> None:
    assert PARAMS.splitlines()[0] == f"# yaml-language-server: $schema={command.SCHEMA}"


def test_params_yaml_is_valid() -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(PARAMS))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", -1),
        ("seed", "0"),
        ("device", "gpu"),
        ("optimizer", "lion"),
        ("colour", 1),
        ("points.train_size", 0),
        ("points.variants.Gan", {}),
        ("points.variants.gan.minibatch.constraint.limit", 0.1),
        ("mnist.variants.mlp.networks.kind", "transformer"),
        ("mnist.variants.mlp.networks.generator.hidden", []),
        ("sefa.layers", "first"),
        ("comparison.scheduler", "localhost:8786"),
    ],
)
def test_what_the_settings_refuse_the_schema_refuses(key: str, value: object) -> None:
    params = yaml.safe_load(PARAMS)
    section: Any = params
    *sections, name = key.split(".")
    for part in sections:
        section = section[part]
    section[name] = value
    assert list(VALIDATOR.iter_errors(params)) != []


@pytest.mark.parametrize("layers", ["all", "0-1,3", 4, ["all", "0-1", 2]])
def test_layers_may_be_given_in_each_of_the_ways_that_the_settings_take(layers: object) -> None:
    params = yaml.safe_load(PARAMS)
    params["sefa"]["layers"] = layers
    assert list(VALIDATOR.iter_errors(params)) == []


def test_every_setting_has_a_description() -> None:
    bare = {
        ".".join(setting.key)
        for setting in settings_in(SCHEMA, yaml.safe_load(PARAMS))
        if setting.key[-1] != "kind"
        and not description(setting.owner, setting.key[-1])
        and not setting.resolved.get("description")
    }
    assert bare == set()


def test_what_a_comment_says_of_one_variant_is_marked_as_its_own() -> None:
    assert description("Settings", "seed") == "0 to 2^32 - 1; every random stream is derived from it"
    assert "\nmlp: Adam's betas; R2 uses the defaults" in description("ImageVariant", "b1")
    assert description("PointsRecipe", "latent_dim").splitlines() == [
        "minibatch: R3: length of a latent vector",
        "full_batch: silent",
        "tuned: More numbers than a point has: with 2 the strokes become thinner than the data's.",
    ]
    assert description("PointsVariant", "critic_steps").startswith("updates of the discriminator")
    assert description("MLPSettings", "batch_norm") == "null for none."


def test_comments_belong_to_the_keys_that_they_stand_at() -> None:
    comments = comments_of(
        "# of the file\n\n"
        "# above,\n# in two lines\n"
        "a: 1   # beside\n"
        "b: 'no # comment'\n"
        "c: x#y            # goes on\n"
        "                  # below\n"
        "d:\n"
        "  # of all\n"
        "  #   f: of every f\n"
        "  e: {f: 2}\n"
    )
    assert comments.own == {
        ("a",): "above, in two lines beside",
        ("c",): "goes on below",
        ("d", "e"): "of all",
    }
    assert comments.of(("d", "e", "f")) == "of every f"
    assert comments.of(("b",)) == ""
