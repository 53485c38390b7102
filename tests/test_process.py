"""The set-up of a process: what it does, when it does not, and that a library import does nothing of it."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from saddle.core.process import SPIN_COUNT, tune_process


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("SADDLE_TUNING", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_waiting_threads_spin_shortly(environment: pytest.MonkeyPatch) -> None:
    # Set and deleted, so that the fixture knows the name and takes away what the function sets.
    environment.setenv("GOMP_SPINCOUNT", "")
    environment.delenv("GOMP_SPINCOUNT")
    tune_process()
    assert os.environ["GOMP_SPINCOUNT"] == SPIN_COUNT


@pytest.mark.parametrize(
    ("name", "value"), [("SADDLE_TUNING", "0"), ("OMP_WAIT_POLICY", "passive"), ("GOMP_SPINCOUNT", "7")]
)
def test_what_the_user_set_stays(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    tune_process()
    assert os.environ[name] == value
    assert os.environ.get("GOMP_SPINCOUNT") == ("7" if name == "GOMP_SPINCOUNT" else None)


def test_importing_the_library_sets_nothing_up() -> None:
    names = ("experiments.points", "experiments.images", "sweep.training", "commands.sampling")
    modules = ", ".join(f"saddle.{name}" for name in names)
    code = f"import os, torch; n = torch.get_num_threads(); before = dict(os.environ); import {modules}; "
    code += "assert dict(os.environ) == before and torch.get_num_threads() == n"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": "src"})
