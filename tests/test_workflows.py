"""The workflows of GitHub Actions and the GitLab example: valid, and careful with tokens and with what they run."""

import os
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


def run_bash(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub's runner does."""
    return subprocess.run(
        ["bash", "-e", "-c", text],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


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


def test_the_report_compares_with_where_the_branch_left_its_base(tmp_path: Path) -> None:
    """`python` is a script here that writes down how it is called."""

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "where the branch begins")
    left = git("rev-parse", "HEAD")
    git("checkout", "--quiet", "-b", "change")
    git("commit", "--quiet", "--allow-empty", "--message", "the change")
    git("checkout", "--quiet", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "what came since")
    git("checkout", "--quiet", "change")
    (tmp_path / "python").write_text('#!/bin/sh\necho "$*" | tee report.md\n')
    (tmp_path / "python").chmod(0o755)
    done = run_bash(
        script("Make the report"), tmp_path, BASE="main", FILES="https://example.org/raw/{commit}",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary"), PATH=f"{tmp_path}:{os.environ['PATH']}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    called = f"-m saddle report --base {left} --out report.md --image-base https://example.org/raw/{{commit}}\n"
    assert (tmp_path / "summary").read_text() == called
