"""The workflows of GitHub Actions and the GitLab example: valid, careful, and doing what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from dvc.repo import Repo

WORKFLOWS = sorted((ROOT / ".github/workflows").iterdir())
GITLAB = ROOT / "docs/gitlab.md"
CML = "@dvcorg/cml@0.20.6"


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
    assert script("Install CML") == f"npm install --global {CML}"


def test_what_publishes_the_pages_runs_no_code_of_the_repository() -> None:
    jobs = workflow("pages.yaml")["jobs"]
    assert "permissions" not in jobs["build"]
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert [step["uses"].partition("@")[0] for step in jobs["deploy"]["steps"]] == ["actions/deploy-pages"]
    assert set(workflow("pages.yaml")[True]) == {"push", "workflow_dispatch"}, "YAML 1.1 reads the key `on` as true"


def test_gitlab_posts_the_report_with_the_same_tool_from_a_job_of_its_own() -> None:
    """npm compares it with the registry's hash of that version: nothing is trusted for its address alone."""
    jobs = yaml.safe_load(gitlab_example())
    assert jobs["comment"]["before_script"] == [f"npm install --global {CML}"]
    assert jobs["comment"]["needs"] == ["report"]
    assert not re.search("curl|wget|SHA256", gitlab_example())
    commands = " ".join(jobs["comment"]["script"])
    assert "cml comment update" in commands
    assert not re.search(r"\b(python|make|dvc)\b", commands)
    assert "cml" not in " ".join(map(str, jobs["report"]["script"]))


def test_the_report_updates_one_comment_on_pull_requests_only() -> None:
    loaded = workflow("report.yaml")
    assert set(loaded[True]) == {"pull_request"}, "YAML 1.1 reads the key `on` as true"
    assert "cml comment update" in script("Comment")
    checkout = next(step for step in steps(loaded) if step.get("uses", "").startswith("actions/checkout"))
    assert checkout["with"]["fetch-depth"] == 0


@pytest.mark.parametrize(
    ("remotes", "missing", "expected"),
    [
        ("storage", False, ["repro --pull --allow-missing"]),
        ("", False, ["repro --allow-missing"]),
        ("", True, ["repro --allow-missing", "repro"]),
    ],
)
def test_what_changed_is_pulled_or_reproduced(tmp_path: Path, remotes: str, missing: bool, expected: list[str]) -> None:
    """`missing`: a stage that must run lacks data of one that need not. The commands themselves: see test_remote."""
    dvc = tmp_path / "dvc"
    dvc.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = remote ]; then printf "{remotes}"; exit 0; fi\n'
        f"echo \"$*\" >> '{tmp_path}/calls'\n"
        f'if [ "$*" = "repro --allow-missing" ]; then exit {int(missing)}; fi\n'
    )
    dvc.chmod(0o755)
    done = run_bash(script("Pull or reproduce what changed"), tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "calls").read_text().splitlines() == expected
    in_gitlab = [str(line) for line in yaml.safe_load(gitlab_example())["report"]["script"]]
    assert script("Pull or reproduce what changed") in in_gitlab


def test_the_report_compares_with_where_the_branch_left_its_base(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    metrics = tmp_path / "metrics/a.json"
    metrics.parent.mkdir()

    def commit(fid: int) -> str:
        metrics.write_text(f'{{"fid": {fid}}}')
        git("add", "--all")
        git("commit", "--quiet", "--message", "test")
        return git("rev-parse", "HEAD")

    git("init", "--quiet", "--initial-branch", "main")
    Repo.init(str(tmp_path)).close()
    (tmp_path / "dvc.yaml").write_text("metrics: [metrics/a.json]\n")
    left = commit(3)
    git("checkout", "--quiet", "-b", "change")
    commit(2)
    git("checkout", "--quiet", "main")
    commit(9)
    git("checkout", "--quiet", "change")
    summary = tmp_path / "summary"
    done = run_bash(
        script("Make the report"), tmp_path, BASE="main", FILES="https://example.org/raw/{commit}",
        GITHUB_STEP_SUMMARY=str(summary), PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = summary.read_text()
    assert text.startswith("## Metrics, seems better: 1\n")
    assert f"From `{left[:7]}` to `working tree on " in text


@pytest.mark.parametrize("served", [True, False])
def test_the_comment_comes_without_its_pictures_where_they_cannot_be_uploaded(tmp_path: Path, served: bool) -> None:
    cml = tmp_path / "cml"
    cml.write_text(
        f"#!/bin/sh\necho \"$*\" >> '{tmp_path}/calls'\ncase \"$*\" in *'--publish '*) exit {int(not served)};; esac\n"
    )
    cml.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PULL_REQUEST": "7"}
    assert run_bash(script("Comment"), tmp_path, **environment).returncode == 0
    common = "comment update --target=pr/7 --watermark-title=saddle report"
    expected = [f"{common} --publish report.md", f"{common} --publish=false report.md"]
    assert (tmp_path / "calls").read_text().splitlines() == expected[: 1 if served else 2]
