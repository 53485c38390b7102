"""A clone has the bytes of the repository, whatever line endings its Git is set to make."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

TEXTS = ("a.py", "params.yaml", "plots/curves.csv", "metrics/a.json", "dvc.lock", "Makefile", "page.html", "run")
BINARIES = ("a.png", "a.gif", "a.mp4", "a.mat", "a.npz", "a.safetensors", "a.ico", "a.webp", "a.pdf")


def git(*arguments: str, folder: Path) -> str:
    """What `git` says, with no settings but those given here."""
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    author = {f"GIT_{role}_{part}": "test@test" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **alone, **author},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("autocrlf", ["true", "input"])
def test_a_clone_has_the_same_bytes(tmp_path: Path, autocrlf: str) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    # These bytes look like text to Git. Only its name says that the file is binary, so that they stay as they are.
    contents = {**dict.fromkeys(TEXTS, b"one\ntwo\n"), **dict.fromkeys(BINARIES, b"one\r\ntwo\n")}
    contents[".gitattributes"] = (ROOT / ".gitattributes").read_bytes()
    for name, content in contents.items():
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_bytes(content)
    git("init", "--quiet", folder=origin)
    git("-c", f"core.autocrlf={autocrlf}", "add", "--all", folder=origin)
    git("commit", "--quiet", "--message", "test", folder=origin)
    git("clone", "--quiet", "-c", f"core.autocrlf={autocrlf}", str(origin), str(clone), folder=tmp_path)
    assert {name: (clone / name).read_bytes() for name in contents} == contents
    assert git("status", "--porcelain", folder=clone) == ""
