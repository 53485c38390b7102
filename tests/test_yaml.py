"""params.yaml is read as DVC reads it."""

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from dvc.utils.hydra import apply_overrides

from saddle.config.settings import parse_yaml


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


def test_dvcs_writer_changes_one_line_of_params_yaml(tmp_path: Path) -> None:
    """`dvc exp run -S optimizer=adam` writes the whole file anew; a reviewer should see what was changed."""
    path = tmp_path / "params.yaml"
    before = (ROOT / "params.yaml").read_text()
    path.write_text(before)
    apply_overrides(path, ["optimizer=adam"])
    changed = [
        pair for pair in zip(before.splitlines(), path.read_text().splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert changed == [("optimizer: rmsprop", "optimizer: adam")]
