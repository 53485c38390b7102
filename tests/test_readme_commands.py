"""Every command of README.md, one after the other as they stand there, in a clone with tiny settings."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import mnist_format
import numpy as np
import pytest
import scipy.io
import yaml
from clone import Clone, new_clone, use_tiny_mnist
from conftest import ROOT
from test_readme_twin import commands
from test_sefa_stages import write_checkpoint

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
# What the tests are themselves run by, and in.
CLONING = {"git clone https://example.org/saddle.git", "cd saddle"}
AROUND = CLONING | {"make setup", ". .venv/bin/activate", "make test", "make docs", "make setup TORCH=cpu"}
INLINE = re.compile(r"`((?:dvc|saddle|make) [^`]*)`")


def inline(text: str) -> list[str]:
    """The commands within sentences and tables; a program's name with one word may only name a command."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = [match for match in INLINE.findall(prose) if len(match.split()) > 2 or match.startswith("make ")]
    return [command for command in dict.fromkeys(found) if command not in commands(text)]


@pytest.fixture
def clone(tmp_path: Path, face_files: Path) -> Clone:
    """A clone whose images, faces and remote are folders here."""
    (tmp_path / "clone").mkdir()
    clone = new_clone(tmp_path / "clone")
    path = clone.folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    use_tiny_mnist(params, tmp_path)
    params["faces"]["source"] = str(face_files)
    params["sefa"].update(
        num_samples=2, num_semantics=1, steps=3, measure_samples=4, random_directions=19, random_samples=2
    )
    del params["sefa"]["generators"]["avatars"]["random_samples"]
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    mnist_format.write_files(tmp_path / "fashion", mnist_format.data_set(train=200, test=110), packed=True)
    write_checkpoint(tmp_path / "mine.pth", 0)
    scipy.io.savemat(clone.folder / "data/raw/ring.mat", {"xx": np.random.default_rng(1).normal(size=(260, 2))})
    clone.commit()
    return clone


def as_here(command: str, folder: Path) -> str:
    """The command with the places and names of this test in those of the README, and nothing else changed."""
    for there, here in {
        "/mnt/shared/saddle": str(folder / "remote"),
        "https://example.org/saddle.git": str(folder / "clone"),
        "/data/fashion": str(folder / "fashion"),
        "/models/mine.pth": str(folder / "mine.pth"),
        "points.train_size=4000": "points.train_size=150",
        "apply NAME": "apply with-adam",
        # In the clone, with the environment that the tests are in.
        "make repro": "make READY= ACTIVATE=true repro",
        "make bench": "make READY= ACTIVATE=true bench",
        "--repeats 3": "--repeats 1 --steps 2",
        "--seeds 0:10": "--seeds 0:2",
    }.items():
        command = command.replace(there, here)
    return command


@pytest.mark.long
def test_all_run(clone: Clone, tmp_path: Path) -> None:
    refused = "dvc exp run -S optimizer=lion"
    # The first comes with a name where its outcome is shown, and is applied further down.
    named = "dvc exp run -n with-adam -S optimizer=adam render_points@gan render_points@wgan"
    shown = [command for command in commands(TEXT) if command not in AROUND]
    sentences = [command for command in inline(TEXT) if command not in AROUND]
    assert {refused, "make repro", "dvc push"} < set(shown)
    assert named in sentences
    for command in [*shown[:2], named, *shown[2:], *(other for other in sentences if other != named)]:
        folder = clone.folder
        if command.startswith(("dvc get", "saddle sample")):
            folder = tmp_path / "without a clone"
            folder.mkdir(exist_ok=True)
        if command.startswith("saddle report"):
            clone.run("git checkout -q -B change")
        if command.startswith("make bench"):
            # Only the reports' own settings can be compared with the plain loops.
            for name in ("params.yaml", "data/raw/points.mat"):
                (folder / name).write_bytes((ROOT / name).read_bytes())
        result = run(clone, as_here(command, tmp_path), folder)
        output = result.stdout + result.stderr
        assert "Traceback" not in output, output
        assert (result.returncode != 0) == (command == refused), f"{command}:\n{output}"
        if command == refused:
            assert "error: params.yaml: optimizer is 'lion'; allowed: rmsprop, adam, adamw, sgd\n" in output
        if command == "make repro":
            clone.commit()
        if command.startswith(("dvc exp run", "make bench")):
            # As a user does who looks at one experiment after the other.
            clone.restore()
        if command.startswith("dvc queue start"):
            wait_for_the_queue(clone)
    assert (tmp_path / "without a clone/cloud.png").is_file()


def wait_for_the_queue(clone: Clone) -> None:
    """Until all its experiments have ended well."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        states = re.findall(r"\b(Queued|Running|Success|Failed)\b", clone.dvc("queue status"))
        if set(states) <= {"Success", "Failed"}:
            assert states == ["Success"] * 3
            return
        time.sleep(2)
    raise AssertionError("the queue did not end")


def run(clone: Clone, command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """In a shell, as typed."""
    bash = shutil.which("bash")
    assert bash
    return subprocess.run(
        [bash, "-o", "pipefail", "-c", command], cwd=folder, env=clone.environment(), capture_output=True, text=True
    )
