"""Files about the project: they fit their schemas and agree with the package."""

import subprocess
import sys

import yaml
from conftest import ROOT

import saddle


def test_the_citation_fits_its_schema_and_names_the_version() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format"]
    done = subprocess.run([*command, "CITATION.cff"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == saddle.__version__
    assert citation["authors"] == [{"name": "The Saddle authors"}]
    assert "The Saddle authors" in (ROOT / "LICENSE").read_text()


def test_the_changelog_begins_with_the_version() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0] == f"## {saddle.__version__}"
