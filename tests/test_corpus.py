"""Every bad input of the corpus is refused in one line, runs nothing, and is refused in little memory and time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import forks
import pytest
import yaml
from conftest import ROOT
from corpus import ALL
from corpus.case import RAN, Case
from corpus.settings import PARAMS

from saddle.errors import UserError

LIGHT = [case for case in ALL if not case.heavy]
HEAVY = {case.name: case for case in ALL if case.heavy}
LONGEST = 1000
MOST_SECONDS, MOST_KILOBYTES = 20, 2**20


def check(message: str, told: str, folder: Path) -> None:
    assert told in message
    assert len(message) <= LONGEST
    assert "\n" not in message
    assert "Traceback" not in message
    assert not (folder / RAN).exists(), "code in the file was run"


def test_the_corpus_is_large_and_no_two_of_its_cases_are_one() -> None:
    names = [case.name for case in ALL]
    assert len(names) >= 150
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", LIGHT, ids=lambda case: case.name)
def test_a_bad_input_is_refused_in_one_line(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = case.make(tmp_path)
    with pytest.raises(UserError) as refused:
        case.meet(made)
    check(str(refused.value), case.told, tmp_path)


def peak_kilobytes() -> int:
    """The most memory that this process has had; getrusage would begin with the peak of the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def refuse_and_measure(name: str) -> None:
    """Meet a heavy case in this process; print its message, and the seconds and kilobytes that it took."""
    made = HEAVY[name].make(Path.cwd())
    before, began = peak_kilobytes(), time.monotonic()
    try:
        HEAVY[name].meet(made)
    except UserError as error:
        kilobytes = peak_kilobytes() - before
        print(json.dumps({"message": str(error), "seconds": time.monotonic() - began, "kilobytes": kilobytes}))


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a process's own peak")
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_one_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("src", "tests", "."))
    done = subprocess.run(
        [sys.executable, "-c", f"import test_corpus; test_corpus.refuse_and_measure({name!r})"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(done.stdout)
    check(measured["message"], HEAVY[name].told, tmp_path)
    assert measured["seconds"] < MOST_SECONDS
    assert measured["kilobytes"] < MOST_KILOBYTES


# As a user meets it: a whole process of a stage, with settings that name the bad input.
STAGE_OF = {
    "mat with cells in cells": ("prepare_points", "points.file"),
    "mat that ends within a tag": ("prepare_points", "points.file"),
    "idx gzip is packed twice": ("fetch_mnist", "mnist.source"),
    "idx is a pipe": ("fetch_mnist", "mnist.source"),
    "source of an unknown user": ("fetch_mnist", "mnist.source"),
}


@pytest.mark.parametrize("name", STAGE_OF)
def test_a_stage_ends_with_one_line_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    case = next(case for case in LIGHT if case.name == name)
    stage, key = STAGE_OF[name]
    section, last = key.split(".")
    made = str(case.make(tmp_path))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**PARAMS, section: {**PARAMS[section], last: made}}))
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [forks.python(), "-m", "stages", stage],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    check(line, case.told, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
