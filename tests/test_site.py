"""The documentation site: it builds without a warning, asks no server, and is true of settings and metrics."""

import copy
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from ruamel.yaml import YAML

from saddle.config import settings_of
from saddle.reporting.directions import DIRECTIONS
from saddle.reporting.site import SOURCES, write_sources

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
COMMAND = re.compile(r"^(?:\$ )?(dvc exp run .*)$|`(dvc exp run [^`]*)`", re.MULTILINE)
COMMANDS = [
    pytest.param((found[0] or found[1]).partition(" && ")[0], id=f"{path.stem}: {found[0] or found[1]}")
    for path in PAGES
    for found in COMMAND.findall(path.read_text())
    if "KEY=VALUE" not in found[1] and "optimizer=lion" not in found[0]  # refused; see test_readme.py
]


# The addresses of what a page loads by itself, where they are elsewhere: scripts, styles, pictures, fonts.
LOADED = r"""<(?:script|img|iframe|link)\b[^>]*\s(?:src|href)=["']?((?:https?:)?//[^\s"'>]+)"""
PARAMS = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_sources(ROOT, folder / SOURCES)
    (folder / "mkdocs.yml").write_text((ROOT / "mkdocs.yml").read_text())
    (folder / "src").symlink_to(ROOT / "src")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if "sefa" not in path.parts]
    assert len(pages) > 15
    for path in pages:
        assert re.findall(LOADED, path.read_text()) == []


def test_the_sefa_pages_are_there_and_can_be_reached(site: Path) -> None:
    shown = (site / "directions/index.html").read_text()
    pages = list((ROOT / "plots/sefa").glob("*/index.html"))
    assert pages
    for page in pages:
        address = page.relative_to(ROOT).as_posix()
        assert f'href="../{address}"' in shown
        assert (site / address).read_bytes() == page.read_bytes()


def test_docstrings_are_rendered_and_formulas_are_mathml(site: Path) -> None:
    assert "The generator of a trained model, ready to draw." in (site / "api/index.html").read_text()
    page = (site / "metrics/index.html").read_text()
    assert page.count("<math") == (ROOT / "docs/metrics.md").read_text().count("```math") > 15
    assert "The exact 2-Wasserstein distance of two samples" in page


def test_every_metric_of_the_pipeline_is_told_with_which_way_is_better() -> None:
    headings = " ".join(re.findall(r"^### .*", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
    files = [*(ROOT / "metrics/points").iterdir(), *(ROOT / "metrics/images").iterdir()]
    figures = {
        name for path in files if not path.stem.startswith("classifier_") for name in json.loads(path.read_text())
    }
    # Counts of the comparison, and the classifier's own figure, say themselves what they are.
    for name in (figures | DIRECTIONS.keys()) - {"dataset", "diverged", "never_fitted", "test_accuracy"}:
        assert f"`{name}` {DIRECTIONS[name].sign}" in headings if name in DIRECTIONS else f"`{name}`" in headings


def changed(params: dict[str, Any], change: str) -> None:
    """Make a change as `-S` makes it: a key, then a value in YAML; a key that is new begins with a plus."""
    key, _, value = change.partition("=")
    *sections, name = key.removeprefix("+").split(".")
    for section in sections:
        if key.startswith("+"):
            params.setdefault(section, {})
        params = params[section]
    assert key.startswith("+") or name in params, f"{key} is no key of params.yaml"
    params[name] = YAML(typ="safe", pure=True).load(value)


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_and_stages_of_commands_are_known(command: str) -> None:
    words = shlex.split(command, comments=True)
    values = [words[place + 1] for place, word in enumerate(words) if word in ("-S", "--set-param")]
    queued = "--queue" in words
    params = copy.deepcopy(PARAMS)
    for change in values:
        key, _, value = change.partition("=")
        for choice in value.split(",") if queued else [value]:
            if choice not in ("least_squares", "nadam"):  # what CONTRIBUTING.md adds
                changed(params, f"{key}={choice}")
            if queued:
                settings_of(params, "params.yaml")
    settings_of(params, "params.yaml")
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    targets = [
        word for place, word in enumerate(words[3:], 3) if words[place - 1] not in ("-S", "-n") and word[0] != "-"
    ]
    assert {target.partition("@")[0] for target in targets} <= stages.keys()
