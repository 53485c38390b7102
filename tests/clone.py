"""The project in a repository of its own, with settings that take seconds."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import forks
import mnist_format
import numpy as np
import scipy.io
import yaml
from conftest import ROOT, tiny

VARIANTS = ("gan", "wgan", "wgan_gp")


class Clone:
    """A Git and DVC repository with the project's files as they are now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def environment(self) -> dict[str, str]:
        """That of a command: with the programs of the tests, and an author for what it commits."""
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(forks.commands()), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "GIT_AUTHOR_NAME": "test",
            "GIT_AUTHOR_EMAIL": "test@example.org",
            "GIT_COMMITTER_NAME": "test",
            "GIT_COMMITTER_EMAIL": "test@example.org",
        }

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            command.split(), cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=200
        )
        if check and result.returncode:
            raise AssertionError(f"{command} exited with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        return result

    def dvc(self, arguments: str, check: bool = True) -> str:
        result = self.run(f"dvc {arguments}", check)
        return result.stdout + result.stderr

    def shell(self, command: str) -> str:
        """What a command says, as typed into a shell."""
        result = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=200
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def refused(self, arguments: str) -> str:
        """What `dvc` says of an experiment that must fail: one line, and nothing that is committed changes."""
        try:
            result = self.run(f"dvc {arguments}", check=False)
            changed = self.run("git status --porcelain").stdout.split()
        finally:
            self.restore()
        output = result.stdout + result.stderr
        assert result.returncode != 0
        assert changed == ["M", "params.yaml"]
        assert len(re.findall("^error: ", output, re.MULTILINE)) == 1
        assert "Traceback" not in output
        return output

    def commit(self) -> None:
        self.run("git add --all")
        self.run("git commit --quiet --allow-empty --message test")

    def restore(self) -> None:
        """Bring the committed state back: what is in Git, and what DVC's cache has of it."""
        self.run("git checkout --quiet -- .")
        # Not checked: it reports the outputs of the stages that a test has no need to run.
        self.dvc("checkout", check=False)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def stale(self) -> set[str]:
        """The stages that `dvc repro` would run."""
        return set(json.loads(self.run("dvc status --json").stdout))

    def ran(self, output: str) -> set[str]:
        return set(re.findall(r"Running stage '([^']+)'", output))


def all_variants(*stages: str) -> set[str]:
    return {f"{stage}@{variant}" for stage in stages for variant in VARIANTS}


def use_tiny_mnist(params: dict[str, Any], folder: Path) -> None:
    """Let `params` take MNIST from a data set of 200 and 110 images, which is written into `folder`."""
    source = folder / "TinyMNIST"
    mnist_format.write_files(source, mnist_format.data_set(train=200, test=110), packed=True)
    params["images"]["datasets"]["mnist"]["source"] = str(source)


def new_clone(folder: Path) -> Clone:
    clone = Clone(folder)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        source = ROOT / name
        # The outputs of the full pipeline are not those of the tiny one.
        if source.is_file() and name != "dvc.lock" and not name.startswith(("plots/", "metrics/", "tests/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
    points = np.random.default_rng(0).normal(size=(260, 2))
    scipy.io.savemat(folder / "data/raw/points.mat", {"xx": points})
    params = tiny(yaml.safe_load((ROOT / "params.yaml").read_text()))
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    clone.run("git init --quiet --initial-branch main")
    clone.commit()
    return clone
