"""The documentation site: it builds without a warning, asks no server, and what it shows is true of the settings."""

import copy
import os
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from ruamel.yaml import YAML

from saddle.config import settings_of
from saddle.reference.parameters import parameters_page
from saddle.reference.prose import paragraphs
from saddle.reference.schema import settings_schema
from saddle.reference.settings import settings_in

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
COMMAND = re.compile(r"^(?:\$ )?(dvc exp run .*)$|`(dvc exp run [^`]*)`", re.MULTILINE)
COMMANDS = [
    pytest.param((found[0] or found[1]).partition(" && ")[0], id=f"{path.stem}: {found[0] or found[1]}")
    for path in PAGES
    for found in COMMAND.findall(path.read_text())
    if "KEY=VALUE" not in found[1] and "optimizer=lion" not in found[0]  # refused; see test_readme.py
]


PARAMS = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Loaded(HTMLParser):
    """The addresses of what a page loads by itself: scripts, styles, pictures, fonts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe"):
            self.found.append(given.get("src") or "")
        if tag == "link":
            self.found.append(given.get("href") or "")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if "sefa" not in path.parts[:-2]]
    assert len(pages) > 15
    for path in pages:
        assert [address for address in Loaded(path.read_text()).found if re.match("(https?:)?//", address)] == []


def test_the_sefa_pages_are_there_and_can_be_reached(site: Path) -> None:
    shown = (site / "directions/index.html").read_text()
    for page in (ROOT / "plots/sefa").glob("*/index.html"):
        assert f'href="../sefa/{page.parent.name}/"' in shown
        assert (site / "sefa" / page.parent.name / "index.html").read_bytes() == page.read_bytes()


def test_the_api_has_its_docstrings_and_formulas_are_mathml(site: Path) -> None:
    assert "The generator of a trained model, ready to draw." in (site / "api/index.html").read_text()
    formulas = (site / "metrics/index.html").read_text()
    assert formulas.count("<math") > 15
    assert not re.search(r"\\(frac|sum|mathrm|left)", formulas)


def test_every_key_of_the_file_is_a_row_or_a_heading() -> None:
    text = (ROOT / "params.yaml").read_text()
    page = parameters_page(text)
    told = set(re.findall(r"\{ #(\S+) \}", page))
    for section in re.split(r"^##+ ", page, flags=re.MULTILINE)[1:]:
        heading = re.match(r".*\{ #(\S+) \}", section)
        prefix = f"{heading[1]}." if heading else ""
        told |= {prefix + key for key in re.findall(r"<tr><td><code>([^<\s]+)</code>", section)}
    keys = {".".join(s.pattern) for s in settings_in(settings_schema(), yaml.safe_load(text)) if not s.is_section}
    assert keys <= told


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
    for change in values:
        key, _, value = change.partition("=")
        for choice in value.split(",") if queued else [value]:
            params = copy.deepcopy(PARAMS)
            if "least_squares" not in choice:
                changed(params, f"{key}={choice}")
                settings_of(params, "params.yaml")
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    targets = [
        word for place, word in enumerate(words[3:], 3) if words[place - 1] not in ("-S", "-n") and word[0] != "-"
    ]
    assert {target.partition("@")[0] for target in targets} <= stages.keys()


def test_docstrings_become_paragraphs_and_lists() -> None:
    made = paragraphs("First, a < b.\n\nThen:\n\n- one `x_i`\n  and on\n- two")
    assert made == "<p>First, a &lt; b.</p>\n<p>Then:</p>\n<ul><li>one <code>x_i</code> and on</li><li>two</li></ul>"
