"""The Makefile installs with or without CUDA's libraries, and asks for nothing that macOS's make has not."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

# PyTorch's own index of builds for the CPU: the only address of a registry that the project names.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What an installation reads, and a `uname` that says Linux."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uname").write_text("#!/bin/sh\necho ${SYSTEM:-Linux}\n")
    (tmp_path / "bin/uname").chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--dry-run", "setup", *arguments],
        cwd=folder, env={**own, "PATH": path, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def installed(output: str) -> list[str]:
    """What each call of pip is asked for."""
    return re.findall(r"pip install --quiet --disable-pip-version-check (.*)", output)


def test_without_cuda_its_libraries_are_not_installed(folder: Path) -> None:
    output = make(folder, "TORCH=cpu").stdout
    torch, rest, package = installed(output)
    assert re.fullmatch(rf"--no-deps \S+ {CPU_INDEX} torch==[\d.]+\+cpu torchvision==[\d.]+\+cpu", torch)
    assert rest == "--requirement .venv/requirements.txt"
    assert package.endswith("--editable .")
    (folder / ".venv").mkdir()
    subprocess.run(re.findall("^grep.*", output, re.MULTILINE)[0], shell=True, cwd=folder, check=True)
    kept = (folder / ".venv/requirements.txt").read_text().splitlines()
    left_out = set((ROOT / "requirements.lock").read_text().splitlines()) - set(kept)
    assert "triton" in {line.split("==")[0] for line in left_out}
    assert {re.split("[-=]", line)[0] for line in left_out} == {"cuda", "nvidia", "triton"}
    assert [line for line in kept if line.startswith("torch==")] != []
    assert all("sys_platform == 'linux'" in line for line in left_out), "a Mac or Windows has nothing to leave out"


def test_pypi_s_build_is_the_default_and_all_there_is_elsewhere(folder: Path) -> None:
    for output in (make(folder).stdout, make(folder, "TORCH=cpu", SYSTEM="Darwin").stdout):
        assert installed(output)[0] == "--requirement requirements.lock"
        assert CPU_INDEX not in output


def test_an_environment_keeps_its_build_until_the_other_is_asked_for(folder: Path) -> None:
    (folder / ".venv").mkdir()
    (folder / ".venv/.ready").write_text("cpu\n")
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (1, 1))
    assert installed(make(folder).stdout) == []
    other = make(folder, "TORCH=pypi").stdout
    assert "venv --clear .venv" in other
    assert installed(other)[0] == "--requirement requirements.lock"
    os.utime(folder / ".venv/.ready", (0, 0))
    assert CPU_INDEX in installed(make(folder).stdout)[0]


def test_an_environment_of_another_folder_is_made_anew(folder: Path) -> None:
    """Its scripts would run the code of the clone that it was copied from, or none."""
    (folder / ".venv").mkdir()
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (1, 1))
    for place, anew in ((folder / ".venv", False), ("/the/first/clone/.venv", True)):
        (folder / ".venv/.ready").write_text(f"cpu\n{place}\n")
        output = make(folder).stdout
        assert ("what is there was made in another folder" in output) is anew
        assert ("venv --clear .venv" in output) is anew
        assert (CPU_INDEX in output) is anew


def test_another_build_is_refused_by_name(folder: Path) -> None:
    refused = make(folder, "TORCH=gpu")
    assert refused.returncode == 2
    assert "TORCH is 'gpu'; allowed: pypi, cpu" in refused.stderr
