"""dvc.yaml names just the code that each stage runs, and every variant of params.yaml where it should."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from saddle.config.points import PointsRecipe
from saddle.core.model_file import kinds

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
STAGES: dict[str, Any] = PIPELINE["stages"]

# What stages import from beside the folders that they depend on, and why it decides no value of any output.
DECIDES_NOTHING = {
    "src/saddle/__init__.py": "names what notebooks load",
    **dict.fromkeys(
        (path.relative_to(ROOT).as_posix() for path in (ROOT / "src/saddle/config").glob("*.py")),
        "says what is allowed; every value is in params.yaml, which DVC compares itself",
    ),
    "src/saddle/errors.py": "words of errors",
    "src/saddle/version.py": "names the version",
    "stages/paths.py": "names of files, which dvc.yaml declares",
    **dict.fromkeys(
        (path.relative_to(ROOT).as_posix() for path in (ROOT / "src/saddle/rendering/live").glob("*.py")),
        "shows how far a training is, on a page and the terminal",
    ),
}
# It imports the kinds of networks that it is asked for, which no search for imports can see.
LOADS_BY_NAME = "src/saddle/core/model_file.py"


@cache
def imported(start: Path) -> frozenset[Path]:
    """The project's files that `start` imports, directly or through others, itself and their packages included."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        if current == ROOT / "src/saddle/__init__.py":
            continue  # its imports belong to `saddle.load`, for notebooks
        for node in ast.walk(ast.parse(current.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            waiting += [file for name in names for file in files_of(name)]
    return frozenset(found)


def files_of(module: str) -> list[Path]:
    """The files that importing `module` runs: its own, and those of the packages that it lies in."""
    parts = module.split(".")
    files = []
    for folder in (ROOT / "src", ROOT):
        packages = [folder.joinpath(*parts[: length + 1]) / "__init__.py" for length in range(len(parts))]
        files += [path for path in (*packages, folder.joinpath(*parts).with_suffix(".py")) if path.is_file()]
    return files


def says_nothing(path: Path) -> bool:
    """Whether a file is a docstring and nothing else, so that no stage depends on it."""
    return all(isinstance(node, ast.Expr) for node in ast.parse(path.read_text()).body)


def looked_up(data: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        data = data[part]
    return data


def resolved(text: str, scope: dict[str, Any]) -> str:
    """`text` with DVC's templates filled in."""
    return re.sub(r"\$\{([\w.]+)\}", lambda match: str(looked_up({**PARAMS, **scope}, match[1])), text)


def runs_of(name: str) -> list[tuple[str, str, set[str]]]:
    """Each run of a stage: its name, its command, and the source files and folders that it declares."""
    stage = STAGES[name]
    body = stage.get("do", stage)
    scopes: dict[str, dict[str, Any]] = {name: {}}
    if "foreach" in stage:
        over = stage["foreach"]
        over = looked_up(PARAMS, over.strip("${}")) if isinstance(over, str) else over
        pairs = over.items() if isinstance(over, dict) else ((item, item) for item in over)
        scopes = {f"{name}@{key}": {"key": key, "item": item} for key, item in pairs}
        # A stage for each of something of which there is none by default is checked all the same.
        scopes = scopes or {f"{name}@x": {"key": "x", "item": {"file": "x"}}}
    return [
        (
            run,
            resolved(body["cmd"], scope),
            {dep for raw in body["deps"] if (dep := resolved(raw, scope)).startswith(("src/", "stages/"))},
        )
        for run, scope in scopes.items()
    ]


def kinds_loaded(command: str) -> set[str]:
    """The kinds of networks that a stage's model files and settings can name, besides those that it imports."""
    stage, *arguments = command.removeprefix("python -m stages ").split()
    if stage.startswith("sefa"):
        return set(kinds())
    if stage in ("train_images", "evaluate_images", "render_images"):
        classifier = {"classifier"} if stage == "evaluate_images" else set()
        return {looked_up(PARAMS, f"images.variants.{arguments[0]}.networks.kind"), *classifier}
    return {"classifier"} if stage in ("train_classifier", "train_judge", "evaluate_images_floor") else {"mlp"}


def needed(command: str) -> set[str]:
    """The source files that a command runs and that decide something."""
    script = ROOT / "stages" / f"{command.split()[3]}.py"
    files = set(imported(script))
    if ROOT / LOADS_BY_NAME in files:
        for kind in kinds_loaded(command):
            files |= imported(ROOT / f"src/saddle/networks/{kind}/__init__.py")
    return {path.relative_to(ROOT).as_posix() for path in files if not says_nothing(path)} - DECIDES_NOTHING.keys()


@pytest.mark.parametrize("name", STAGES)
def test_dependencies_cover_what_runs_and_nothing_more(name: str) -> None:
    used: set[str] = set()
    declared_anywhere: set[str] = set()
    for run, command, declared in runs_of(name):
        assert command.startswith("python -m stages ")
        files = needed(command)
        for file in files:
            assert any(file == dep or file.startswith(f"{dep}/") for dep in declared), f"{run} does not declare {file}"
        for dep in declared:
            assert (ROOT / dep).exists(), f"{run} declares {dep}, which is not there"
        used |= {dep for dep in declared if any(file == dep or file.startswith(f"{dep}/") for file in files)}
        declared_anywhere |= declared
    # What one run of a stage does not use, another must: fully connected networks have no convolutions.
    assert declared_anywhere == used


def test_what_no_stage_depends_on_is_short_and_in_use() -> None:
    whole = ("src/saddle/config/", "src/saddle/rendering/live/")
    assert len([name for name in DECIDES_NOTHING if not name.startswith(whole)]) <= 10
    used = {
        path.relative_to(ROOT).as_posix()
        for name in STAGES
        for _, command, _ in runs_of(name)
        for path in imported(ROOT / "stages" / f"{command.split()[3]}.py")
    }
    assert {name for name in DECIDES_NOTHING if not name.endswith("__init__.py")} <= used


def test_training_depends_on_no_metric_and_on_no_picture() -> None:
    for name in STAGES:
        for run, command, _ in runs_of(name):
            if run.startswith("train_"):
                assert not any(
                    file.startswith(("src/saddle/metrics", "src/saddle/rendering")) for file in needed(command)
                )


def test_a_points_variant_depends_on_what_its_recipe_shares_and_on_itself_alone() -> None:
    """So a change in one variant retrains that one, and another picture retrains none."""
    start = "points.recipes.${points.recipe}."
    keys = [key.removeprefix(start) for key in STAGES["train_points"]["do"]["params"] if key.startswith(start)]
    shared = set(PointsRecipe.model_fields) - {"hold_out", "picture", "variants"}
    assert sorted(keys) == sorted([*shared, "variants.${item}"])
