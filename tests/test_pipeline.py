"""The pipeline as a user types it, at tiny settings in a clone of its own."""

import json
import re

import numpy as np
import pytest
import scipy.io
from clone import VARIANTS, Clone, all_variants, new_clone
from conftest import ROOT

COMPARED = ("compare_runs@optimizers", "compare_runs@full_batch")
TRAINED_RUNS = ("train_runs@optimizers", "train_runs@full_batch")


@pytest.fixture(scope="module")
def points_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which the points pipeline has run and is committed."""
    clone = new_clone(tmp_path_factory.mktemp("clone"))
    clone.dvc("repro render_points")
    clone.commit()
    return clone


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
        output = points_clone.dvc("repro --force render_points@wgan_gp")
        stages = ("train_points", "evaluate_points", "render_points")
        assert points_clone.ran(output) == {
            "prepare_points",
            "evaluate_points_floor",
            *(f"{stage}@wgan_gp" for stage in stages),
        }
        assert points_clone.read("dvc.lock") == before
        assert points_clone.run("git status --porcelain").stdout == ""

    def test_the_comparison_has_every_cell(self, points_clone: Clone) -> None:
        points_clone.dvc("repro render_optimizers compare_runs@full_batch")
        table = json.loads(points_clone.read("metrics/optimizers.json"))
        assert set(table) == set(VARIANTS)
        assert sum(len(row) for row in table.values()) == 9
        rows = points_clone.read("plots/optimizers/runs.csv").decode().splitlines()
        assert len(rows) == 1 + 3 * 3 * 2
        files = {path.name for path in (points_clone.folder / "plots/optimizers").iterdir()}
        assert files == {"runs.csv", "w2.csv", "w2.png", "w2.pdf", "clouds.png", "clouds.pdf", "runs.gif"}
        w2 = points_clone.read("plots/optimizers/w2.csv").decode().splitlines()
        assert w2[0] == "variant,optimizer,seed,epoch,sample_w2"
        assert len(w2) == 1 + 3 * 3 * 2 * 5
        assert not list((points_clone.folder / "data/unfinished").glob("**/*.npz"))
        report_1 = json.loads(points_clone.read("metrics/full_batch.json"))
        assert {(variant, *cells) for variant, cells in report_1.items()} == {
            ("gan", "adam"),
            ("wgan", "rmsprop"),
            ("wgan_gp", "rmsprop"),
            ("wgan_free", "rmsprop"),
        }
        points_clone.commit()

    def test_an_experiment_with_another_optimizer_retrains_the_variants_and_shows_it(self, points_clone: Clone) -> None:
        try:
            output = points_clone.dvc("exp run --name with-adam --set-param optimizer=adam render_points@gan")
            assert points_clone.ran(output) == {"train_points@gan", "evaluate_points@gan", "render_points@gan"}
            assert points_clone.stale() & all_variants("train_points") == {"train_points@wgan", "train_points@wgan_gp"}
            assert not points_clone.stale() & {"prepare_points", *TRAINED_RUNS, *COMPARED}
            assert "optimizer" in points_clone.dvc("params diff")
            difference = json.loads(points_clone.run("dvc metrics diff --json").stdout)
            assert set(difference) == {"metrics/points/gan.json"}
            table = points_clone.dvc("exp show --csv --hide-workspace")
            assert "with-adam" in table
            assert "adam" in table
            (shown,) = re.findall(r"^\$ (dvc exp show .+?)  +#", (ROOT / "README.md").read_text(), re.MULTILINE)
            table = [line for line in points_clone.shell(shown).splitlines() if line.startswith("|")]
            assert {"metrics/points/gan.json:w2_ratio", "optimizer"} < {cell.strip() for cell in table[0].split("|")}
            assert max(map(len, table)) <= 200
            assert table[0].count("|") <= 30
            assert "optimizer" in points_clone.dvc("exp diff HEAD with-adam")
            page = points_clone.dvc("plots diff HEAD with-adam --targets plots/points/gan/final.png")
            assert page.strip().endswith("index.html")
        finally:
            points_clone.restore()
        try:
            # Not checked, as in `Clone.restore`: the MNIST stages have not run in this clone.
            points_clone.dvc("exp apply with-adam", check=False)
            assert b"optimizer: adam" in points_clone.read("params.yaml")
            points_clone.dvc("exp branch with-adam another-optimizer")
            assert "optimizer: adam" in points_clone.run("git show another-optimizer:params.yaml").stdout
        finally:
            points_clone.restore()

    def test_an_unknown_optimizer_fails_at_once_with_the_allowed_names(self, points_clone: Clone) -> None:
        output = points_clone.refused("exp run --set-param optimizer=lion render_points")
        assert "error: params.yaml: optimizer is 'lion'; allowed: rmsprop, adam, adamw, sgd\n" in output
        assert points_clone.ran(output) < all_variants("train_points")
        assert len(points_clone.ran(output)) == 1
        assert "up to date" in points_clone.dvc("status render_points")

    def test_a_bad_file_is_one_line_and_dvc_checkout_brings_the_outputs_back(self, points_clone: Clone) -> None:
        raw = points_clone.folder / "data/raw/points.mat"
        prepared = points_clone.read("data/prepared/points.npz")
        scipy.io.savemat(raw, {"xx": np.zeros((2, 300))})
        try:
            result = points_clone.run("dvc repro render_points", check=False)
        finally:
            points_clone.run("git checkout --quiet -- data/raw/points.mat")
        assert result.returncode != 0
        assert "error: data/raw/points.mat: variable 'xx' is 2 x 300; expected n x 2" in result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert list((points_clone.folder / "data/prepared").glob("*.npz")) == []
        points_clone.restore()
        assert points_clone.read("data/prepared/points.npz") == prepared
        assert "up to date" in points_clone.dvc("status render_points")

    def test_a_run_that_diverges_leaves_the_committed_files_alone(self, points_clone: Clone) -> None:
        try:
            output = points_clone.dvc(
                "exp run -S points.recipes.minibatch.lr=1000 -S optimizer=sgd train_points@gan",
                check=False,
            )
            assert re.search(r"error: gan: training diverged at step \d+: ", output)
            assert "Traceback" not in output
            assert not (points_clone.folder / "data/models/points/gan.safetensors").exists()
            changed = points_clone.run("git status --porcelain").stdout.split()
        finally:
            points_clone.restore()
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

    def test_full_batch_holds_no_point_out_and_makes_r1s_pictures(self, points_clone: Clone) -> None:
        everything = scipy.io.loadmat(points_clone.folder / "data/raw/points.mat")["xx"]
        all_of_them = f"-S points.recipe=full_batch -S points.train_size={len(everything)}"
        try:
            points_clone.dvc(f"exp run {all_of_them} evaluate_points@gan render_points@gan")
            assert json.loads(points_clone.read("metrics/points/gan.json"))["w2_floor"] > 0
            snapshots = np.load(points_clone.folder / "data/samples/points/gan.npz")
            assert snapshots["step"].tolist() == [0, 2, 4, 6]
            assert (snapshots["x"][0], snapshots["x"][-1]) == (-1, 2)
            assert (points_clone.folder / "plots/points/gan/training.gif").exists()
            stills = points_clone.folder / "plots/points/gan/stills"
            named = {path.relative_to(stills).as_posix() for path in stills.glob("**/*.png")}
            assert named == {f"adam/step_{step:06d}.png" for step in (0, 2, 4, 6)}
            with np.load(points_clone.folder / "data/prepared/points.npz") as prepared:
                assert sorted(prepared["train"][:, 0]) == sorted(everything[:, 0])
        finally:
            points_clone.restore()
