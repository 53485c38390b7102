"""The workflows of GitHub Actions and the GitLab example: valid, and careful with tokens and with what they run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").iterdir())
GITLAB = ROOT / "docs/gitlab.md"


def workflow(name: str) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows" / name).read_text())
    return loaded


def steps(loaded: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in loaded["jobs"].values() for step in job["steps"]]


def script(name: str) -> str:
    """What the step `name` of the report's workflow runs."""
    return next(str(step["run"]) for step in steps(workflow("report.yaml")) if step.get("name") == name)


def gitlab_example() -> str:
    found = re.search(r"```yaml\n(.*?)```", GITLAB.read_text(), re.DOTALL)
    assert found
    return found[1]


def check(schema: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflows_fit_the_schema_of_github() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yaml", "pages.yaml", "report.yaml"]
    check("vendor.github-workflows", *map(str, WORKFLOWS))
    check("custom.github-workflows-require-timeout", *map(str, WORKFLOWS))


def test_the_example_fits_the_schema_of_gitlab(tmp_path: Path) -> None:
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(gitlab_example())
    check("vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_workflows_are_careful(path: Path) -> None:
    loaded = workflow(path.name)
    assert set(re.findall(r"secrets\.(\w+)", path.read_text())) <= {"GITHUB_TOKEN"}
    assert loaded["permissions"] == {"contents": "read"}
    for step in steps(loaded):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]), "actions are pinned by their commit"
            assert not step["uses"].startswith("actions/checkout") or step["with"]["persist-credentials"] is False
        else:
            assert "${{" not in step["run"], "what a pull request names must not become part of a script"
            assert subprocess.run(["bash", "-n", "-c", step["run"]], check=False).returncode == 0


def test_no_code_of_a_pull_request_runs_where_there_is_a_token_that_may_write() -> None:
    jobs = workflow("report.yaml")["jobs"]
    assert "permissions" not in jobs["report"]
    assert "secrets." not in yaml.safe_dump(jobs["report"])
    assert jobs["comment"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    commands = [step.get("uses", step.get("run", "")) for step in jobs["comment"]["steps"]]
    assert not any("checkout" in command or "python" in command or "make" in command for command in commands)
    assert re.fullmatch(r"npm install --global @dvcorg/cml@[\d.]+", script("Install CML")), "of a fixed version"
