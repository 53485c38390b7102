"""Ctrl-C and SIGTERM end a program at once with one line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
# What a signal may meet: a wait, an import that takes seconds, and a library at work in threads.
SLEEPING = "import time; print('ready', flush=True); time.sleep(60)"
IMPORTING = (
    "print('ready', flush=True)\nimport torch, pandas, matplotlib.pyplot, scipy.stats\nimport time; time.sleep(60)"
)
COMPUTING = "import torch; x = torch.randn(600, 600); print('ready', flush=True)\nwhile True: x = torch.tanh(x @ x)"
SETUP = "from saddle.core.process import end_when_asked, note_how_to_go_on; end_when_asked()\n"


def started(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SETUP + code],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str], number: int) -> tuple[str, int, float]:
    """What it said, its exit code, and how many seconds it took."""
    begin = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    return said, process.returncode, time.monotonic() - begin


@pytest.mark.parametrize(
    ("code", "number", "word", "exit_code"),
    [
        (SLEEPING, 15, "terminated", 143),
        (IMPORTING, 2, "interrupted", 130),
        (COMPUTING, 2, "interrupted", 130),
    ],
)
def test_a_signal_is_one_line_and_its_exit_code_wherever_it_comes(
    code: str, number: int, word: str, exit_code: int
) -> None:
    said, code_of_exit, seconds = ended(started(code), number)
    assert said == f"{word}; started again, it begins anew\n"
    assert code_of_exit == exit_code
    assert seconds < 2


WORK = """
import os, time
from saddle.config import load_settings
from saddle.sweep.cluster import results
from saddle.core.process import end_when_asked
def work(task):
    os.write(1, b'ready\\n')  # at once: both workers write into one pipe
    time.sleep(60)
if __name__ == '__main__':
    end_when_asked()
    comparison = load_settings(PARAMS).comparison.model_copy(update={'workers': 2})
    for _ in results(work, [1, 2], comparison):
        pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_comparison_ends_with_its_workers_and_one_line(number: int, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(WORK.replace("PARAMS", repr(str(ROOT / "params.yaml"))))
    process = subprocess.Popen(
        [sys.executable, str(script)], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline() == "ready\n"
    begin = time.monotonic()
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, said = process.communicate(timeout=30)  # until the last worker has let go of the pipe
    assert time.monotonic() - begin < 3
    assert said.count("\n") == 1, said
    assert process.returncode == 128 + number
