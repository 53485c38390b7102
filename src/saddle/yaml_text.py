"""YAML as DVC reads it: version 1.2, in which `010` is ten, `1e-4` a number, `yes` a word, and no key comes twice."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

# Settings take a tenth of this, and reading so many takes seconds.
MOST_BYTES = 200_000


class YamlError(ValueError):
    """Why a text is no YAML, in one line."""


def parse_yaml(text: str) -> Any:
    """The content of a YAML document. Raises `YamlError`."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise YamlError(f"not valid YAML{place} ({problem[:200]})") from None
    except RecursionError:
        raise YamlError("not valid YAML (nested too deeply)") from None
    except ValueError as error:
        # Numbers of thousands of digits, and dates such as the 30th of February.
        raise YamlError(f"not valid YAML ({' '.join(str(error).split())[:200]})") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises `YamlError`, and `FileNotFoundError` if there is none."""
    if path.exists() and not path.is_file():
        raise YamlError("not a file")
    if path.stat().st_size > MOST_BYTES:
        raise YamlError(f"{path.stat().st_size:,} bytes, more than the {MOST_BYTES:,} that settings can have")
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise YamlError(f"not text in UTF-8 (byte {error.start})") from None
