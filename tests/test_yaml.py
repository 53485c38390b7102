"""params.yaml is read as DVC reads it, and whatever else it may hold is refused in one line."""

import os
from pathlib import Path
from typing import Any

import pytest

from saddle.config import load_settings
from saddle.errors import UserError
from saddle.yaml_text import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("0o10", 8),
        ("1:30", "1:30"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("1e-4", 1e-4),
        ("5E3", 5000.0),
        (".5", 0.5),
        ("~", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    found = parse_yaml(f"key: {text}")["key"]
    assert found == value
    assert type(found) is type(value)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BAD = [
    ("", "must hold a mapping of settings, found NoneType"),
    ("- 1\n- 2", "must hold a mapping of settings, found list"),
    ("seed: 0\nseed: 1", r'not valid YAML in line 2 \(found duplicate key "seed"'),
    ("seed: [", "not valid YAML in line"),
    ("seed: " + "[" * 2000 + "]" * 2000, "nested too deeply"),
    ("seed: " + "9" * 5000, "not valid YAML .*digits"),
    ("seed: 2023-02-30", "not valid YAML .*day"),
    (LAUGHS, "is not a known key|is missing"),
    ("seed: !!python/object/apply:os.system [true]", "not valid YAML in line 1 .could not determine a constructor"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_holds_no_settings_is_refused_in_one_short_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as error:
        load_settings(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("value", ["x" * 100_000, "[" + "1, " * 50_000 + "1]", "2024-01-01", "0x" + "f" * 5000])
def test_an_error_shows_no_more_of_a_value_than_fits_on_a_line(value: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    text = (Path(__file__).parents[1] / "params.yaml").read_text()
    path.write_text(text.replace("seed: 0 ", f"seed: {value} ", 1))
    with pytest.raises(UserError, match="seed is ") as error:
        load_settings(path)
    assert len(str(error.value)) < 500


def test_what_is_no_file_of_settings_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    with pytest.raises(UserError, match=r"params.yaml: no such file"):
        load_settings(path)
    path.mkdir()
    with pytest.raises(UserError, match=r"params.yaml: not a file"):
        load_settings(path)
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        with pytest.raises(UserError, match=r"params.yaml: not a file"):
            load_settings(path)
        path.unlink()
    path.write_bytes(b"seed: \xff")
    with pytest.raises(UserError, match=r"not text in UTF-8 \(byte 6\)"):
        load_settings(path)
    path.write_text("# " + "x" * 200_000)
    with pytest.raises(UserError, match="200,002 bytes, more than the 200,000"):
        load_settings(path)
