"""params.yaml is read as DVC reads it."""

from typing import Any

import pytest

from saddle.yaml_text import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("1:30", "1:30"),
        ("yes", "yes"),
        ("true", True),
        ("1e-4", 1e-4),
        ("~", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    found = parse_yaml(f"key: {text}")["key"]
    assert found == value
    assert type(found) is type(value)
