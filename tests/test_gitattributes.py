"""A clone has the bytes of the repository, whatever line endings its Git is set to make."""

import subprocess

from conftest import ROOT

TEXTS = ("a.py", "params.yaml", "plots/curves.csv", "metrics/a.json", "dvc.lock", "Makefile", "page.html", "run")
BINARIES = ("a.png", "a.gif", "a.mp4", "a.mat", "a.npz", "a.safetensors", "a.ico", "a.webp", "a.pdf")


def test_texts_end_their_lines_as_they_are_kept_and_binary_files_are_no_texts() -> None:
    command = ["git", "check-attr", "text", "eol", "--", *TEXTS, *BINARIES]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {tuple(line.split(": ")[:2]): line.split(": ")[2] for line in said.splitlines()}
    assert {found[name, "eol"] for name in TEXTS} == {"lf"}
    assert {found[name, "text"] for name in BINARIES} == {"unset"}
