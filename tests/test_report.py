"""`saddle report` between two states of a small project."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forks
import pytest
import yaml
from dvc.repo import Repo
from PIL import Image

from saddle.__main__ import main

GAN = "metrics/points/gan.json"
RUNS = "plots/optimizers/runs.csv"
# R3's GAN with RMSprop over five seeds, and with Adam over three.
SEEDS = """variant,optimizer,seed,w2,coverage,epochs_to_fit,diverged
gan,rmsprop,0,0.0330587,0.875042,20,False
gan,rmsprop,1,0.0322932,0.830998,10,False
gan,rmsprop,2,0.041329,0.742492,20,False
gan,rmsprop,3,0.0381928,0.766904,10,False
gan,rmsprop,4,0.0351171,0.841611,30,False
gan,adam,0,0.0857897,0.455663,,False
gan,adam,1,0.174895,0.294128,,False
gan,adam,2,0.191591,0.385319,,False
"""
WRITER = {
    **os.environ,
    **{f"GIT_{role}_{part}": "test@test" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
}


class Project:
    """A DVC project with the files of a run; `main` is its first commit."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", "--initial-branch", "main", repository], check=True)
        Repo.init(str(folder), subdir=folder != repository).close()
        self.write("dvc.yaml", "metrics: [metrics/]\n")
        self.params({"optimizer": "rmsprop", "points": {"recipe": "minibatch", "window": None}})
        self.metrics(GAN, {"w2_ratio": 1.5, "precision": 0.9, "d_real": 0.5, "density": 0.9})

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=WRITER, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def metrics(self, name: str, content: Any) -> None:
        self.write(name, json.dumps(content))

    def params(self, content: Any) -> None:
        self.write("params.yaml", yaml.safe_dump(content))

    def picture(self, name: str, colour: str) -> None:
        self.write(name, b"")
        Image.new("RGB", (4, 4), colour).save(self.folder / name)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "test")
        return self.git("rev-parse", "HEAD")


Report = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, tmp_path)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    """Runs the command as a user does and returns what it wrote."""

    def run(*arguments: str, base: str = "main", out: str = "report.md") -> str:
        monkeypatch.setattr(sys, "argv", ["saddle", "report", "--base", base, "--out", out, *arguments])
        main()
        return Path(out).read_text(encoding="utf-8")

    return run


def error(report: Report, *arguments: str, base: str = "main") -> str:
    """The one line that a run ends with."""
    with pytest.raises(SystemExit) as stopped:
        report(*arguments, base=base)
    text = str(stopped.value)
    assert re.fullmatch("error: .+", text)
    assert not Path("report.md").exists()
    return text


def row(text: str, metric: str) -> list[str]:
    """The cells of a metric's row after its name."""
    found = re.search(rf"^\| `{re.escape(metric)}`[^|]*\|(.*)\|$", text, re.MULTILINE)
    assert found, f"no row {metric} in:\n{text}"
    return [cell.strip() for cell in found[1].split("|")]


def links(text: str) -> list[str]:
    return re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)


def test_each_metric_is_judged_by_its_own_direction(project: Project, report: Report) -> None:
    project.commit()
    project.metrics(GAN, {"w2_ratio": 1.2, "precision": 0.8, "d_real": 0.6, "density": 1.05})
    text = report()
    assert text.startswith("## Metrics, seems better: 2, seems worse: 1, changed: 1\n")
    assert row(text, "w2_ratio") == ["1.5", "1.2", "-0.3 (-20.0%)", "seems better"]
    assert row(text, "precision") == ["0.9", "0.8", "-0.1 (-11.1%)", "seems worse"]
    assert row(text, "density")[-1] == "seems better"
    assert row(text, "d_real")[-1] == "changed"
    # Where no seeds tell, no colour.
    assert not set("🔵🟠⚪") & set(text)


def test_another_optimizer_is_held_against_the_seeds_of_the_bases(project: Project, report: Report) -> None:
    project.write(RUNS, SEEDS)
    project.metrics(GAN, {"w2": 0.0330587, "coverage": 0.875042, "epochs_to_fit": 20, "fid": 1.0})
    project.commit()
    project.params({"optimizer": "adam", "points": {"recipe": "minibatch", "window": [0, 1]}})
    project.metrics(GAN, {"w2": 0.0857897, "coverage": 0.455663, "epochs_to_fit": None, "fid": 1.1})
    text = report()
    assert row(text, "w2") == ["0.03306", "0.08579", "+0.0527 (+159.5%)", "🟠 worse (seeds: 0.0262 to 0.049)"]
    assert row(text, "coverage")[-1] == "🟠 worse (seeds: 0.644 to 0.979)"
    assert row(text, "epochs_to_fit") == ["20", "never", "", "🟠 worse (seeds: 3.78 to 71.4)"]
    assert row(text, "fid")[-1] == "seems worse"
    assert "Of the 3 told so, about 0.2 would stand out by chance." in text
    assert '| `optimizer` | `"rmsprop"` | `"adam"` |' in text
    assert "| `points.window` | `null` | `[0, 1]` |" in text
    assert "points.recipe" not in text


def test_where_one_seed_was_ruined_the_runs_of_both_optimizers_decide(project: Project, report: Report) -> None:
    """The GAN by R3's settings: one of its five runs never fits, so that a single run tells nothing."""
    rmsprop, adam = (1.61, 1.41, 1.33, 1.76, 4.39), (5.91, 4.07, 10.8)
    rows = [f"gan,rmsprop,{seed},{value}" for seed, value in enumerate(rmsprop)]
    rows += [f"gan,adam,{seed},{value}" for seed, value in enumerate(adam)]
    project.write(RUNS, "\n".join(["variant,optimizer,seed,w2_ratio", *rows]))
    project.params({"optimizer": "rmsprop"})
    project.metrics(GAN, {"w2_ratio": 1.61})
    project.commit()
    project.metrics(GAN, {"w2_ratio": 5.91})
    assert row(report(), "w2_ratio")[-1].startswith("⚪ within noise (seeds: ")
    project.params({"optimizer": "adam"})
    assert row(report(), "w2_ratio")[-1] == "🟠 worse (p = 0.024, 5 and 3 seeds)"


def test_another_seed_is_noise(project: Project, report: Report) -> None:
    project.write(RUNS, SEEDS)
    project.params({"optimizer": "rmsprop", "points": {"recipe": "r", "recipes": {"r": {"snapshot_every": 20}}}})
    project.metrics(GAN, {"w2": 0.0330587, "coverage": 0.875042, "epochs_to_fit": 20})
    project.commit()
    project.metrics(GAN, {"w2": 0.041329, "coverage": 0.742492, "epochs_to_fit": 40})
    text = report()
    assert text.startswith("## Metrics, ⚪ within noise: 3\n")
    assert row(text, "w2")[-1] == "⚪ within noise (seeds: 0.0323 to 0.0413)"
    assert row(text, "epochs_to_fit")[-1] == "⚪ within noise (known to ±20)"


def test_a_variants_own_optimizer_tells_its_seeds(project: Project, report: Report) -> None:
    project.write(RUNS, SEEDS)
    own = {"recipe": "tuned", "recipes": {"tuned": {"variants": {"gan": {"optimizer": "adam"}}}}}
    project.params({"optimizer": "rmsprop", "points": own})
    project.metrics(GAN, {"w2": 0.0857897})
    project.commit()
    project.metrics(GAN, {"w2": 0.18})
    assert row(report(), "w2")[-1] == "⚪ within noise (seeds: 0.0858 to 0.192)"


def test_of_a_comparison_the_seeds_of_both_sides_are_compared(project: Project, report: Report) -> None:
    def comparison(w2: float, *runs: float) -> None:
        project.metrics("metrics/optimizers.json", {"gan": {"adam": {"w2": w2}}})
        rows = [f"gan,adam,{seed},{run}" for seed, run in enumerate(runs)]
        project.write(RUNS, "\n".join(["variant,optimizer,seed,w2", *rows]))

    comparison(0.03, 0.029, 0.03, 0.031)
    project.commit()
    comparison(0.0303, 0.03, 0.0303, 0.031)
    expected = ["0.03", "0.0303", "+0.0003 (+1.0%)", "⚪ within noise (p = 0.55, 3 and 3 seeds)"]
    assert row(report(), "gan.adam.w2") == expected
    comparison(0.06, 0.059, 0.06, 0.061)
    assert row(report(), "gan.adam.w2")[-1].startswith("🟠 worse (p = ")


def test_rounding_is_no_change(project: Project, report: Report) -> None:
    project.metrics("metrics/points/wgan.json", {"w2": 0.0275376, "kid": 0.5})
    project.commit()
    project.metrics("metrics/points/wgan.json", {"w2": 0.0275377, "kid": 0.51})
    text = report()
    assert text.startswith("## Metrics, seems worse: 1, unchanged: 5\n")


def test_new_removed_null_and_unchanged_metrics(project: Project, report: Report) -> None:
    project.metrics("metrics/old.json", {"fid": 3, "a": {"kid": 1.0, "word": "x|y"}, "epochs_to_fit": None})
    project.commit()
    (project.folder / "metrics/old.json").unlink()
    project.metrics("metrics/old.json", {"a": {"kid": None, "word": "`"}, "epochs_to_fit": 80, "recall": 0.7})
    text = report()
    assert row(text, "recall") == ["–", "0.7", "", "new"]
    assert row(text, "fid") == ["3", "–", "", "removed"]
    assert row(text, "a.kid") == ["1", "null", "", "changed"]
    assert row(text, "epochs_to_fit") == ["never", "80", "", "seems better"]
    assert "| `x\\|y` | `` ` `` |" in text
    assert "<details><summary>Unchanged metrics: 4</summary>\n\n`points/gan` 4\n" in text


def test_a_branch_and_an_experiment_are_revisions_as_a_commit_is(project: Project, report: Report) -> None:
    project.commit()
    project.git("checkout", "--quiet", "-b", "change")
    project.metrics(GAN, {"w2_ratio": 1.4})
    commit = project.commit()
    project.metrics(GAN, {"w2_ratio": 1.3})
    with Repo() as repo:
        repo.experiments.save(name="tried")
    project.metrics(GAN, {"w2_ratio": 1.2})
    for head, value in (("change", "1.4"), (commit[:10], "1.4"), ("tried", "1.3"), ("workspace", "1.2")):
        assert row(report("--head", head), "w2_ratio")[:2] == ["1.5", value]
    assert row(report(base="tried"), "w2_ratio")[:2] == ["1.3", "1.2"]
    assert re.search(r"From `tried [0-9a-f]{7}` to `working tree on [0-9a-f]{7}`\.", report(base="tried"))


def test_a_project_may_be_a_folder_of_its_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    project = Project(tmp_path / "course/gan", tmp_path)
    project.picture("plots/a.png", "red")
    project.commit()
    project.metrics(GAN, {"w2_ratio": 1.2})
    project.picture("plots/a.png", "blue")
    for folder in (project.folder, project.folder / "metrics/points"):
        monkeypatch.chdir(folder)
        text = report()
        assert row(text, "w2_ratio")[:2] == ["1.5", "1.2"]
        assert all(Path(link).is_file() for link in links(text))
        assert len(links(text)) == 2


def test_the_text_alone_goes_to_standard_output(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    project.picture("plots/a.png", "red")
    project.commit()
    project.picture("plots/a.png", "blue")
    project.write("plots/w2.csv", "epoch,w2\n0,1\n")
    before = sorted(project.folder.rglob("*.png"))
    monkeypatch.setattr(sys, "argv", ["saddle", "report", "--base", "main"])
    main()
    text = capfdbinary.readouterr().out.decode()
    assert text.startswith("## Metrics, unchanged: 4\n")
    assert "| `a.png` | – | ![a.png](plots/a.png) |" in text
    assert "Changed, and not drawn: `plots/w2.csv`." in text
    assert sorted(project.folder.rglob("*.png")) == before


def test_pictures_before_and_after_are_linked_from_where_the_report_is(project: Project, report: Report) -> None:
    for name in ("same.png", "of a|b.png", "gone.gif"):
        project.picture(f"plots/points/{name}", "red")
    project.write(".gitignore", "plots/points/stills\n")
    project.commit()
    (project.folder / "plots/points/gone.gif").unlink()
    project.picture("plots/points/of a|b.png", "blue")
    project.picture("plots/points/stills/0.png", "blue")
    text = report(out="reports/change.md")
    assert "| `gone.gif` | ![points/gone.gif](change_files/" in text
    assert "![points/of a&#124;b.png](../plots/points/of%20a%7Cb.png) |" in text
    assert len(links(text)) == 3
    shown = [Image.open(f"reports/{link}".replace("%20", " ").replace("%7C", "|")) for link in links(text)]
    assert [picture.convert("RGB").getpixel((0, 0)) for picture in shown] == [(255, 0, 0), (255, 0, 0), (0, 0, 255)]


def test_an_image_base_is_for_pictures_that_are_in_a_commit(project: Project, report: Report) -> None:
    project.picture("plots/new.png", "red")
    base = project.commit()
    project.git("checkout", "--quiet", "-b", "change")
    project.picture("plots/a.png", "blue")
    head = project.commit()
    project.picture("plots/new.png", "blue")
    served = "https://example.org/raw"
    expected = [f"{served}/{head}/plots/a.png", f"{served}/{base}/plots/new.png", "plots/new.png"]
    assert links(report("--image-base", f"{served}/{{commit}}")) == expected
    Path("report.md").unlink()
    assert "--image-base is 'https://example.org'; expected" in error(report, "--image-base", "https://example.org")


def test_curves_are_drawn_one_over_the_other(project: Project, report: Report) -> None:
    project.write("plots/w2.csv", "epoch,step,w2\n0,0,1\n1,9,0.5\n")
    project.commit()
    project.write("plots/w2.csv", "epoch,step,w2\n0,0,1\n1,9,0.4\n")
    project.write("plots/many.csv", "seed,epoch,w2\n0,0,1\n1,0,1\n")
    text = report()
    assert links(text) == ["report_files/curves/w2.png"]
    assert Path("report_files/curves/w2.png").is_file()
    assert "Changed, and not drawn: `plots/many.csv`." in text


def test_what_cannot_be_compared_is_named(project: Project, report: Report, tmp_path: Path) -> None:
    project.commit()
    assert "nowhere: unknown Git revision 'nowhere'; allowed: a branch" in error(report, base="nowhere")
    project.write("plots/w2.csv", b"epoch,w2\n1,2\n1,2,3,4\n")
    assert "plots/w2.csv in working tree on " in error(report)
    (project.folder / "plots/w2.csv").unlink()
    project.write("params.yaml", "a: [")
    assert "workspace: unable to read: 'params.yaml'" in error(report)
    project.params({})
    project.write(GAN, "{")
    assert f"unable to read: '{GAN}'" in error(report)
    (project.folder / GAN).unlink()
    assert "workspace has no metrics that its dvc.yaml declares" in error(report)


def test_the_command_line_as_typed(project: Project) -> None:
    project.commit()

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [forks.python(), "-m", "saddle", "report", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert run("--base", "main", "--out", "report.md") == (0, "report.md: unchanged: 4\n", "")
    project.write("dvc.yaml", "metrics: 3\n")
    expected = "error: workspace: './dvc.yaml' validation failed; allowed: "
    code, _, said = run("--base", "main")
    assert (code, said.count("\n"), said[: len(expected)]) == (1, 1, expected)


def test_commands_are_imported_only_when_they_are_called() -> None:
    program = (
        "import sys\nsys.argv = ['saddle', '--help']\nfrom saddle.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'matplotlib', 'pandas', 'dvc'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")
