"""What a user may type after `python -m saddle` and `python -m stages`."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from unittest import mock

from corpus.case import Case
from saddle.errors import UserError


def typed(package: str) -> Callable[[list[str]], None]:
    """Run a package with these words as its command line; its one line of an error becomes a `UserError` again."""

    def meet(words: list[str]) -> None:
        with mock.patch.object(sys, "argv", [package, *words]):
            try:
                import_module(f"{package}.__main__").main()
            except SystemExit as end:
                if isinstance(end.code, str) and end.code.startswith("error: "):
                    assert "\n" not in end.code
                    raise UserError(end.code.removeprefix("error: ")) from None
                raise

    return meet


def words(*line: str) -> Callable[[Path], list[str]]:
    return lambda folder: list(line)


SADDLE = {
    "sample --n 0": (["sample", "m", "--n", "0", "--out", "a.png"], "--n is 0"),
    "sample --n -1": (["sample", "m", "--n", "-1", "--out", "a.png"], "--n is -1"),
    "sample --seed -1": (["sample", "m", "--seed", "-1", "--out", "a.png"], "--seed is -1"),
    "sample --seed 2^32": (["sample", "m", "--seed", str(2**32), "--out", "a.png"], "--seed is 4294967296"),
    "sample for nothing": (["sample", "m"], "nothing to write"),
    "sample --out a.txt": (["sample", "m", "--out", "a.txt"], "its name must end in .png"),
    "sample --npz a.zip": (["sample", "m", "--npz", "a.zip"], "its name must end in .npz"),
    "sample of no model": (["sample", "m", "--out", "a.png"], "no such model file"),
    "sample of a folder": (["sample", ".", "--out", "a.png"], "not a file"),
    "readme of no file": (["readme", "none.md"], "no such file"),
    "readme of a folder": (["readme", "."], "no such file"),
    "report where there is no repository": (["report", "--base", "main", "--out", "r.md"], "no repository here"),
    "report with a bad --image-base": (
        ["report", "--base", "main", "--out", "r.md", "--image-base", "https://example.org"],
        "expected an address with",
    ),
}
STAGES = {
    "nothing": ([], "stage is missing"),
    "an unknown stage": (["train"], "stage is train; allowed:"),
    "a path": (["../stages/train_points"], "allowed:"),
    "no variant": (["train_points"], "expected: python -m stages train_points VARIANT"),
    "too many words": (["prepare_points", "gan"], "expected: python -m stages prepare_points"),
    "a stage without settings": (["prepare_points"], "params.yaml: no such file"),
    "a stage with an argument but without settings": (["train_points", "gan"], "params.yaml: no such file"),
}
CASES = [
    *(Case(f"saddle {what}", words(*line), typed("saddle"), told) for what, (line, told) in SADDLE.items()),
    *(Case(f"stages {what}", words(*line), typed("stages"), told) for what, (line, told) in STAGES.items()),
]
