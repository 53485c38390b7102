"""README.md and its Chinese twin: same commands, figures, links, tables; what they name exists, the graph is true."""

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

from saddle.__main__ import COMMANDS
from saddle.config import load_settings
from saddle.reporting.chinese import in_chinese

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
SHOWN = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Names that are the same in Chinese.
NAMES = {"GAN", "WGAN", "WGAN-GP", "MLP", "DCGAN", "ProGAN", "dropout", "RMSprop", "Adam", "AdamW", "SGD"}


def commands(text: str) -> list[str]:
    """What stands behind a prompt, without its comment, each command of a line by itself."""
    lines = [line[2:] for block in CONSOLE.findall(text) for line in block.splitlines() if line.startswith("$ ")]
    return [part.strip() for line in lines for part in re.split(r"\s#\s", line)[0].split("&&")]


def tables(text: str) -> dict[str, str]:
    return dict(re.findall(r"<!-- table: (.+?) -->\n(.*?)\n<!-- end -->", text, re.DOTALL))


def figures(text: str) -> list[str]:
    """All numbers outside of tables that are made, in order of size: sentences may be turned round."""
    rest = re.sub(r"<!-- table.*?<!-- end -->", "", text, flags=re.DOTALL)
    return sorted(re.findall(r"(?<![\w.])\d[\d.,]*\d(?!\w)|(?<![\w.])\d(?![\w.])", rest))


def edges(text: str) -> set[tuple[str, str]]:
    """The arrows of the Mermaid graph."""
    graph = re.search(r"```mermaid\nflowchart LR\n(.*?)```", text, re.DOTALL)
    assert graph
    found = set()
    for line in graph[1].splitlines():
        groups = [[node.strip().partition("(")[0] for node in group.split("&")] for group in line.split("-->")]
        found |= {(a, b) for first, second in pairwise(groups) for a in first for b in second}
    return found


@pytest.mark.parametrize("page", [*SHOWN, ROOT / "README.zh-CN.md"], ids=lambda page: page.name)
def test_every_block_of_code_is_closed_on_a_line_of_its_own(page: Path) -> None:
    fences = [line.strip() for line in page.read_text(encoding="utf-8").splitlines() if "```" in line]
    assert all(re.fullmatch(r"```\w*( .+)?", opening) for opening in fences[::2])
    assert all(closing == "```" for closing in fences[1::2])
    assert len(fences) % 2 == 0


def test_both_have_the_same_commands_and_code() -> None:
    assert commands(CHINESE) == commands(ENGLISH) != []
    spans = [
        sorted(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))
        for text in (ENGLISH, CHINESE)
    ]
    assert spans[0] == spans[1]


def test_both_have_the_same_links_and_pictures_in_the_same_order() -> None:
    links = [re.findall(r"\]\(([^)#]+)\)", text)[1:] for text in (ENGLISH, CHINESE)]
    assert sorted(links[0]) == sorted(links[1])
    pictures = [re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text) for text in (ENGLISH, CHINESE)]
    assert pictures[0] == pictures[1] != []


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_the_contents_name_every_section(text: str) -> None:
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    linked = re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", text)
    assert [(title, title.lower().replace(" ", "-")) for title in sections] == linked


def test_both_have_the_same_figures() -> None:
    # "1 分钟" has a figure where English has a word.
    assert figures(CHINESE.replace("不到 1 分钟", "不到一分钟")) == figures(ENGLISH)


def test_the_chinese_tables_are_the_english_ones_and_leave_nothing_in_english() -> None:
    english, chinese = tables(ENGLISH), tables(CHINESE)
    assert chinese == {name: in_chinese(table) for name, table in english.items()}
    settings = load_settings(ROOT / "params.yaml")
    own = {settings.title(name) for name in (*settings.points.variants, *settings.mnist.variants)}
    for table in chinese.values():
        shown = re.sub(r"`[^`]*`|<br>|D\(\w+(\(z\))?\)|p = ", "", table)
        for title in sorted(own, key=len, reverse=True):
            shown = shown.replace(title, "")
        assert set(re.findall(r"[A-Za-z][A-Za-z-]{2,}", shown)) <= NAMES


def test_the_chinese_paragraphs_have_no_line_break_which_would_be_a_space() -> None:
    prose = re.sub(r"```.*?```", "", CHINESE, flags=re.DOTALL)
    assert re.findall(r"[\u4e00-\u9fff，。；：、）]\n[\u4e00-\u9fff（`\[]", prose) == []


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_commands_are_those_that_there_are(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(path.read_text(encoding="utf-8")):
        program, *arguments = shlex.split(command)
        if program == "make":
            assert {word for word in arguments if "=" not in word} <= targets
        elif program == "saddle":
            parser = ArgumentParser(exit_on_error=False)
            importlib.import_module(COMMANDS[arguments[0]].module).add_arguments(parser)
            assert parser.parse_known_args(arguments[1:])[1] == []
        elif program == "dvc":
            parse_args(arguments)
        elif program == "python":
            assert arguments[0] == "-m"
            assert importlib.util.find_spec(arguments[1])
        else:
            assert program in (".", "gto", "dask")


def test_the_graph_is_that_of_the_pipeline() -> None:
    drawn = edges(ENGLISH)
    assert edges(CHINESE) == drawn
    stages = {
        name: stage.get("do", stage)
        for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].items()
    }
    assert {name for edge in drawn for name in edge} - {"file", "checkpoint"} == stages.keys()
    makers = {
        (made if isinstance(made, str) else next(iter(made))): name
        for name, stage in stages.items()
        for made in (*stage.get("outs", ()), *stage.get("metrics", ()))
    }
    needed = {
        (maker, name)
        for name, stage in stages.items()
        for needs in stage["deps"]
        for made, maker in makers.items()
        if maker != name and (made == needs or made.startswith(f"{needs}/"))
    }
    # SeFa's dependencies are values of params.yaml: models, the classifier, the faces.
    between = {edge for edge in drawn if edge[0] not in ("file", "checkpoint") and edge[1] != "sefa"}
    assert between <= needed
    assert {edge[0] for edge in drawn if edge[1] == "sefa"} == {"train_mnist", "train_classifier", "fetch_faces"}
    before = {name: {name} for name in stages}
    for _ in stages:
        for first, second in between:
            before[second] |= before[first]
    assert all(maker in before[name] for maker, name in needed)
