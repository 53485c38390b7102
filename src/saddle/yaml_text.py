"""YAML as DVC reads it: version 1.2, in which `010` is ten, `1e-4` a number, `yes` a word, and no key comes twice."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


class YamlError(ValueError):
    """Why a text is no YAML, in one line."""


def parse_yaml(text: str) -> Any:
    """The content of a YAML document. Raises `YamlError`."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:  # the latter for dates such as the 30th of February
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise YamlError(f"not valid YAML{place} ({problem[:200]})") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises `YamlError`, and `FileNotFoundError` if there is none."""
    if path.exists() and not path.is_file():
        raise YamlError("not a file")
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise YamlError(f"not text in UTF-8 (byte {error.start})") from None
