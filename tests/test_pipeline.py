"""The pipeline as a user types it, at tiny settings in a clone of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import yaml
from conftest import ROOT, tiny

VARIANTS = ("gan", "wgan", "wgan_gp")


class Clone:
    """A Git and DVC repository with the project's files as they are now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "test",
            "GIT_AUTHOR_EMAIL": "test@example.org",
            "GIT_COMMITTER_NAME": "test",
            "GIT_COMMITTER_EMAIL": "test@example.org",
        }
        result = subprocess.run(
            command.split(), cwd=self.folder, env=environment, capture_output=True, text=True, timeout=200
        )
        if check and result.returncode:
            raise AssertionError(f"{command} exited with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        return result

    def dvc(self, arguments: str, check: bool = True) -> str:
        result = self.run(f"{sys.executable} -m dvc {arguments}", check)
        return result.stdout + result.stderr

    def commit(self) -> None:
        self.run("git add --all")
        self.run("git commit --quiet --allow-empty --message test")

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def ran(self, output: str) -> set[str]:
        return set(re.findall(r"Running stage '([^']+)'", output))


def all_variants(*stages: str) -> set[str]:
    return {f"{stage}@{variant}" for stage in stages for variant in VARIANTS}


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


@pytest.fixture(scope="module")
def points_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which the points pipeline has run and is committed."""
    clone = new_clone(tmp_path_factory.mktemp("clone"))
    clone.dvc("repro render_points")
    clone.commit()
    return clone


@pytest.mark.xdist_group("points pipeline")
class TestPoints:
    """One after the other in one clone; each leaves it as it found it."""

    def test_everything_is_up_to_date_after_a_run(self, points_clone: Clone) -> None:
        assert "up to date" in points_clone.dvc("status render_points")
        assert not points_clone.ran(points_clone.dvc("repro render_points"))
        for variant in VARIANTS:
            metrics = json.loads(points_clone.read(f"metrics/points/{variant}.json"))
            assert metrics["w2_ratio"] == pytest.approx(metrics["w2"] / metrics["w2_floor"], rel=1e-4)

    def test_a_forced_second_run_writes_the_same_bytes(self, points_clone: Clone) -> None:
        before = points_clone.read("dvc.lock")
        output = points_clone.dvc("repro --force render_points")
        expected = all_variants("train_points", "evaluate_points", "render_points")
        assert points_clone.ran(output) == {"prepare_points", *expected}
        assert points_clone.read("dvc.lock") == before
        assert points_clone.run("git status --porcelain").stdout == ""

    def test_another_colour_reruns_only_the_drawing(self, points_clone: Clone) -> None:
        style = points_clone.folder / "src/saddle/rendering/style.py"
        text = style.read_text()
        style.write_text(text.replace('REAL = "#0072B2"', 'REAL = "#0072B3"'))
        assert style.read_text() != text
        try:
            stale = set(json.loads(points_clone.run(f"{sys.executable} -m dvc status --json").stdout))
        finally:
            style.write_text(text)
        assert {name for name in stale if "points" in name} == all_variants("render_points")

    def test_an_experiment_with_another_optimizer_retrains_the_variants_and_shows_it(self, points_clone: Clone) -> None:
        try:
            output = points_clone.dvc("exp run --name with-adam --set-param optimizer=adam render_points")
            expected = all_variants("train_points", "evaluate_points", "render_points")
            assert points_clone.ran(output) == expected
            assert "optimizer" in points_clone.dvc("params diff")
            difference = json.loads(points_clone.run(f"{sys.executable} -m dvc metrics diff --json").stdout)
            assert set(difference) == {f"metrics/points/{variant}.json" for variant in VARIANTS}
            table = points_clone.dvc("exp show --csv --hide-workspace")
            assert "with-adam" in table
            assert "adam" in table
        finally:
            points_clone.run("git checkout --quiet -- .")
            points_clone.dvc("checkout")

    def test_an_unknown_optimizer_fails_at_once_with_the_allowed_names(self, points_clone: Clone) -> None:
        try:
            output = points_clone.dvc("exp run --set-param optimizer=adamw render_points", check=False)
        finally:
            points_clone.run("git checkout --quiet -- .")
        assert "error: params.yaml: optimizer is 'adamw'; allowed: rmsprop, adam, sgd\n" in output
        assert "Traceback" not in output
        assert points_clone.ran(output) == {"train_points@gan"}
        points_clone.dvc("checkout")
        assert "up to date" in points_clone.dvc("status render_points")

    def test_a_bad_file_is_one_line_and_dvc_checkout_brings_the_outputs_back(self, points_clone: Clone) -> None:
        raw = points_clone.folder / "data/raw/points.mat"
        prepared = points_clone.read("data/prepared/points.npz")
        scipy.io.savemat(raw, {"xx": np.zeros((2, 300))})
        try:
            result = points_clone.run(f"{sys.executable} -m dvc repro render_points", check=False)
        finally:
            points_clone.run("git checkout --quiet -- data/raw/points.mat")
        assert result.returncode != 0
        assert "error: data/raw/points.mat: variable 'xx' is 2 x 300; expected n x 2" in result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert list((points_clone.folder / "data/prepared").glob("*.npz")) == []
        points_clone.dvc("checkout")
        assert points_clone.read("data/prepared/points.npz") == prepared
        assert "up to date" in points_clone.dvc("status render_points")

    def test_a_run_that_diverges_leaves_the_committed_files_alone(self, points_clone: Clone) -> None:
        try:
            output = points_clone.dvc(
                "exp run -S points.recipes.minibatch.learning_rate=1e30 -S optimizer=sgd train_points@gan",
                check=False,
            )
            assert re.search(r"error: gan: training diverged at step \d+: ", output)
            assert "Traceback" not in output
            assert not (points_clone.folder / "data/models/points/gan.safetensors").exists()
            changed = points_clone.run("git status --porcelain").stdout.split()
        finally:
            points_clone.run("git checkout --quiet -- .")
            points_clone.dvc("checkout")
        assert changed == ["M", "params.yaml"]
        assert (points_clone.folder / "data/models/points/gan.safetensors").exists()

    def test_a_queued_experiment_runs_the_code_of_its_own_copy(self, points_clone: Clone) -> None:
        objectives = points_clone.folder / "src/saddle/training/objectives.py"
        text = objectives.read_text()
        objectives.write_text(text.replace("return -fake.mean()", "return -fake.mean() + 1000"))
        assert objectives.read_text() != text
        try:
            points_clone.dvc("exp run --queue --name with-another-loss train_points@wgan")
        finally:
            objectives.write_text(text)
        points_clone.dvc("queue start --jobs 1")
        points_clone.dvc("queue logs --follow with-another-loss", check=False)
        log = points_clone.run("git show with-another-loss:plots/points/wgan/training.csv", check=False)
        if log.returncode:  # the name is not a Git reference of its own in every version of DVC
            points_clone.dvc("exp branch with-another-loss another-loss")
            log = points_clone.run("git show another-loss:plots/points/wgan/training.csv")
        losses = [float(line.split(",")[3]) for line in log.stdout.splitlines()[1:]]
        assert min(losses) > 900

    def test_full_batch_makes_r1s_pictures(self, points_clone: Clone) -> None:
        try:
            points_clone.dvc("exp run --set-param points.recipe=full_batch render_points@gan")
            snapshots = np.load(points_clone.folder / "data/samples/points/gan.npz")
            assert snapshots["step"].tolist() == [0, 2, 4, 6]
            assert (snapshots["x"][0], snapshots["x"][-1]) == (-1, 2)
            assert (points_clone.folder / "plots/points/gan/training.gif").exists()
        finally:
            points_clone.run("git checkout --quiet -- .")
            points_clone.dvc("checkout")
