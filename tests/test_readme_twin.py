"""README.md and its Chinese twin name the same commands and links; what pages name exists, and the graph is true."""

import importlib
import importlib.util
import re
import shlex
from argparse import ArgumentParser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from dvc.cli import parse_args
from dvc.repo import Repo

from saddle.__main__ import COMMANDS

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
SHOWN = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """What stands behind a prompt, without its comment, each command of a line by itself."""
    lines = [line[2:] for block in CONSOLE.findall(text) for line in block.splitlines() if line.startswith("$ ")]
    return [part.strip() for line in lines for part in re.split(r"\s#\s", line)[0].split("&&")]


def edges(text: str) -> set[tuple[str, str]]:
    """The arrows of the Mermaid graph."""
    graph = re.search(r"```mermaid\nflowchart LR\n(.*?)```", text, re.DOTALL)
    assert graph
    found = set()
    for line in graph[1].splitlines():
        groups = [[node.strip().partition("(")[0] for node in group.split("&")] for group in line.split("-->")]
        found |= {(a, b) for first, second in pairwise(groups) for a in first for b in second}
    return found


def test_both_have_the_same_commands_and_code() -> None:
    assert commands(CHINESE) == commands(ENGLISH) != []
    spans = [
        sorted(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))
        for text in (ENGLISH, CHINESE)
    ]
    assert spans[0] == spans[1]


def test_both_have_the_same_links_and_pictures() -> None:
    links = [re.findall(r"(!?)\[[^\]]+\]\(([^)#]+)\)", text)[1:] for text in (ENGLISH, CHINESE)]
    assert sorted(links[0]) == sorted(links[1])
    assert "!" in dict(links[0])


# Links of other pages are followed by the builder of the site.
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_what_is_linked_is_there_and_pictures_are_told_in_words(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    titles = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text)
    assert links
    for path, anchor in links:
        assert (ROOT / path).exists() if path else anchor in titles
    assert re.findall(r"!\[\s*\]", text) == []


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_commands_are_those_that_there_are(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(path.read_text(encoding="utf-8")):
        program, *arguments = shlex.split(command)
        if program == "make":
            assert {word for word in arguments if "=" not in word} <= targets
        elif program == "saddle":
            parser = ArgumentParser(exit_on_error=False)
            importlib.import_module(COMMANDS[arguments[0]][0]).add_arguments(parser)
            assert parser.parse_known_args(arguments[1:])[1] == []
        elif program == "dvc":
            parse_args(arguments)
        elif program == "python":
            assert arguments[0] == "-m"
            assert importlib.util.find_spec(arguments[1])
        else:
            assert program in (".", "cd", "git", "gto", "dask")


def test_the_graph_is_that_of_the_pipeline() -> None:
    drawn = edges(ENGLISH)
    assert edges(CHINESE) == drawn
    graph = Repo(str(ROOT)).index.graph  # of all stages; arrows lead from a stage to those that it needs
    name = {stage: stage.name.partition("@")[0] for stage in graph if hasattr(stage, "name")}
    needed = {(name[maker], name[stage]) for stage, maker in graph.edges if name[maker] != name[stage]}
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert {node for edge in drawn for node in edge} - {"file", "checkpoint"} == stages.keys()
    between = {edge for edge in drawn if edge[0] not in ("file", "checkpoint")}
    assert between <= needed
    before = {stage: {stage} for stage in stages}
    for _ in before:
        for first, second in between:
            before[second] |= before[first]
    assert all(maker in before[stage] for maker, stage in needed)
