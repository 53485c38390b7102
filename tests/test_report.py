"""`python -m saddle report` between two states of a small repository."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forks
import pandas as pd
import pytest
import yaml
from conftest import ROOT
from PIL import Image

from saddle.__main__ import main
from saddle.metrics.points.comparison import censored_summary
from saddle.reporting.curves import overlay
from saddle.reporting.directions import DIRECTIONS, HIGHER, LOWER, nearer
from saddle.reporting.metrics import Spread, Summary, noise_of

GAN = "metrics/points/gan.json"
COMPARISON = "metrics/optimizers.json"
WRITER = {
    **os.environ,
    **{f"GIT_{role}_{part}": "test@test" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
}


class Repository:
    """A Git repository with the files of a run; `main` is its first commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")
        self.params({"optimizer": "rmsprop", "points": {"recipe": "minibatch", "window": None}})
        self.metrics(GAN, {"w2_ratio": 1.5, "precision": 0.9, "w2_floor": 0.026, "density": 0.9})

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=WRITER, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def metrics(self, name: str, content: Any) -> None:
        self.write(name, json.dumps(content))

    def params(self, content: Any) -> None:
        self.write("params.yaml", yaml.safe_dump(content))

    def picture(self, name: str, colour: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), colour).save(path)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "test")
        return self.git("rev-parse", "HEAD")


Report = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    """Runs the command as a user does and returns what it wrote."""

    def run(*arguments: str, base: str = "main", out: str = "report.md") -> str:
        monkeypatch.setattr(sys, "argv", ["saddle", "report", "--base", base, "--out", out, *arguments])
        main()
        return Path(out).read_text(encoding="utf-8")

    return run


def error(report: Report, *arguments: str, **options: str) -> str:
    """The one line that a run ends with."""
    with pytest.raises(SystemExit) as stopped:
        report(*arguments, **options)
    text = str(stopped.value)
    assert text.startswith("error: ")
    assert "\n" not in text
    return text


def row(text: str, metric: str) -> list[str]:
    """The cells of a metric's row after its name, with plain spaces."""
    found = re.search(rf"^\| `{re.escape(metric)}`[^|]*\|(.*)\|$", text, re.MULTILINE)
    assert found, f"no row {metric} in:\n{text}"
    return [cell.strip().replace("\N{NO-BREAK SPACE}", " ") for cell in found[1].split("|")]


def folded(text: str, title: str) -> str:
    """What is in the fold whose summary begins with `title`."""
    found = re.search(rf"<details><summary>{re.escape(title)}[^\n]*</summary>(.*?)</details>", text, re.DOTALL)
    assert found, f"no fold {title} in:\n{text}"
    return found[1]


def test_each_metric_is_judged_by_its_own_direction(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.metrics(GAN, {"w2_ratio": 1.2, "precision": 0.8, "w2_floor": 0.03, "density": 1.05})
    text = report()
    assert row(text, "w2_ratio") == ["1.5", "1.2", "-0.3 (-20%)", "seems better"]
    assert row(text, "precision") == ["0.9", "0.8", "-0.1 (-11%)", "seems worse"]
    assert row(text, "density")[-1] == "seems better"
    assert row(text, "w2_floor")[-1] == "changed"
    counts = "0 better, 0 worse, 0 within noise, 0 unchanged, 2 seem better, 1 seem worse, 1 changed otherwise"
    assert text.splitlines()[0] == f"## Metrics: {counts}"


def test_where_no_spread_is_known_there_is_no_colour(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.metrics(GAN, {"w2_ratio": 0.1, "precision": 0.1, "w2_floor": 0.026, "density": 3.0})
    text = report()
    assert not set("🔵🟠⚪") & set(text)
    assert "by chance alone" not in text


def test_directions_rank_as_they_say() -> None:
    assert LOWER.badness(1) < LOWER.badness(2)
    assert HIGHER.badness(2) < HIGHER.badness(1)
    assert nearer(0.5).badness(0.4) < nearer(0.5).badness(0.7)
    assert not {"w2_floor", "d_real", "d_fake"} & set(DIRECTIONS)


def test_between_two_commits_the_working_tree_does_not_matter(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "change")
    repository.metrics(GAN, {"w2_ratio": 1.4})
    repository.commit()
    repository.metrics(GAN, {"w2_ratio": 99})
    text = report("--head", "change")
    assert row(text, "w2_ratio")[:2] == ["1.5", "1.4"]
    assert "From `main, " in text
    assert "to `change, " in text
    assert row(report(), "w2_ratio")[:2] == ["1.5", "99"]


def test_unchanged_new_and_removed_metrics_are_folded_away(repository: Repository, report: Report) -> None:
    repository.metrics("metrics/old.json", {"fid": 3})
    repository.commit()
    (repository.folder / "metrics/old.json").unlink()
    repository.metrics(GAN, {"w2_ratio": 1.5, "precision": 0.9, "w2_floor": 0.026, "density": 0.9, "recall": 0.7})
    text = report()
    assert "0 better, 0 worse, 0 within noise, 4 unchanged, 1 new, 1 removed" in text.splitlines()[0]
    assert "No metric changed its value." in text
    assert "`recall` 0.7" in folded(text, "New metrics (1)")
    assert "`fid` 3" in folded(text, "Removed metrics (1)")
    assert "`precision` 0.9" in folded(text, "Unchanged metrics (4)")


def test_nothing_changed(repository: Repository, report: Report) -> None:
    repository.commit()
    text = report()
    assert "No parameter changed." in text
    assert "No metric changed its value." in text
    assert "###" not in text


def test_null_is_never_for_epochs_to_fit_and_no_value_elsewhere(repository: Repository, report: Report) -> None:
    repository.metrics(GAN, {"epochs_to_fit": 30.0, "fid": None, "kid": 1.0})
    repository.metrics("metrics/points/wgan.json", {"epochs_to_fit": None})
    repository.metrics("metrics/points/wgan_gp.json", {"epochs_to_fit": None})
    repository.commit()
    repository.metrics(GAN, {"epochs_to_fit": None, "fid": 2.0, "kid": None})
    repository.metrics("metrics/points/wgan.json", {"epochs_to_fit": 80.0})
    text = report()
    assert row(text, "epochs_to_fit") == ["30", "never", "", "seems worse"]
    assert row(text[text.index("points/wgan") :], "epochs_to_fit") == ["never", "80", "", "seems better"]
    assert row(text, "fid") == ["null", "2", "", "changed"]
    assert row(text, "kid") == ["1", "null", "", "changed"]
    assert "`epochs_to_fit` never" in folded(text, "Unchanged")


def test_nested_metrics_have_dotted_names_and_anything_may_be_a_value(repository: Repository, report: Report) -> None:
    repository.metrics("metrics/deep/er.json", {"a": {"b": {"fid": 2}}, "list": [1, 2], "flag": True, "word": "x|y"})
    repository.commit()
    repository.metrics("metrics/deep/er.json", {"a": {"b": {"fid": 1}}, "list": [1, 3], "flag": False, "word": "`"})
    text = report()
    assert "**`deep/er`**" in text
    assert row(text, "a.b.fid") == ["2", "1", "-1 (-50%)", "seems better"]
    assert row(text, "list") == ["`[1, 2]`", "`[1, 3]`", "", "changed"]
    assert row(text, "flag") == ["`true`", "`false`", "", "changed"]
    assert "`x\\|y` | `` ` ``" in text


def test_values_are_shown_with_as_many_digits_as_tell_them_apart(repository: Repository, report: Report) -> None:
    repository.metrics(GAN, {"w2": 1.23461, "fid": 123456.0, "mmd": -0.001, "kid": 9999.7})
    repository.commit()
    repository.metrics(GAN, {"w2": 1.23459, "fid": 123457.0, "mmd": 0.001, "kid": 0.00001})
    text = report()
    assert row(text, "w2") == ["1.23461", "1.23459", "-2e-05 (-0.0016%)", "seems better"]
    assert row(text, "fid") == ["123456", "123457", "+1 (+0.00081%)", "seems worse"]
    assert row(text, "mmd") == ["-0.001", "0.001", "+0.002", "seems worse"]
    assert row(text, "kid") == ["10000", "1e-05", "-10000 (-100%)", "seems better"]


def cell(mean: float | None, std: float | None, n: int = 3) -> dict[str, Any]:
    return {"median": None, "mean": mean, "std": std, "n": n, "runs": []}


def comparison(**cells: Any) -> dict[str, Any]:
    return {"gan": {optimizer: {**metrics, "diverged": 0} for optimizer, metrics in cells.items()}}


def test_a_change_that_seeds_alone_could_make_is_noise(repository: Repository, report: Report) -> None:
    spread = comparison(rmsprop={"w2_ratio": cell(1.5, 0.03)}, adam={"w2_ratio": cell(1.6, 0.04)})
    repository.metrics(COMPARISON, spread)
    repository.commit()
    repository.params({"optimizer": "adam"})
    # Two single runs, one with each optimizer: their difference has the standard deviation 0.05, known with
    # 0.05^4 / (0.03^4 / 2 + 0.04^4 / 2) = 3.709 degrees of freedom, for which Student's quantile is 2.865.
    repository.metrics(GAN, {"w2_ratio": 1.64, "precision": 0.8999})
    text = report()
    assert row(text, "w2_ratio") == ["1.5", "1.64", "+0.14 (+9.3%)", "⚪ within noise (±0.14)"]
    assert row(text, "precision")[-1] == "seems worse"
    assert "1 within noise" in text.splitlines()[0]
    assert "Held against it: 1, of which about 0.05 would stand out by chance alone." in text
    repository.metrics(GAN, {"w2_ratio": 1.65, "precision": 0.9})
    assert row(report(), "w2_ratio")[-1] == "🟠 worse (±0.14)"


def test_noise_is_welchs() -> None:
    # Equal deviations of three runs each: 4 degrees of freedom, as in Student's own test of two samples.
    assert noise_of(Spread(0.3, 2), Spread(0.3, 2)) == pytest.approx(2.77645 * 0.3 * 2**0.5, rel=1e-5)
    # Where it is one and the same spread, from the same three runs, they are 2.
    assert noise_of(Spread(0.3, 2), Spread(0.3, 2), one_estimate=True) == pytest.approx(
        4.30265 * 0.3 * 2**0.5, rel=1e-5
    )
    # One end is known far better: the other's degrees of freedom alone count.
    assert noise_of(Spread(0.3, 2), Spread(0.0001, 2)) == pytest.approx(4.30265 * 0.3, rel=1e-3)
    assert noise_of(None, Spread(1.0, 2)) is None


def test_equal_figures_of_all_seeds_are_no_known_spread(repository: Repository, report: Report) -> None:
    repository.metrics(COMPARISON, comparison(rmsprop={"recall": cell(0.0, 0.0)}))
    repository.metrics(GAN, {"recall": 0.0})
    repository.commit()
    repository.metrics(GAN, {"recall": 0.001})
    assert row(report(), "recall")[-1] == "seems better"


def test_a_median_is_known_less_well_than_a_mean() -> None:
    mean, median = Summary(1.0, 0.3, 9), Summary(1.0, 0.3, 9, is_median=True)
    assert mean.of_middle == Spread(pytest.approx(0.1), 8)
    assert median.of_middle == Spread(pytest.approx(0.12533), 8)
    assert Summary(1.0, 0.3, 1).of_middle is None


def test_report_1_is_known_to_its_own_snapshots(repository: Repository, report: Report) -> None:
    recipes = {"minibatch": {"snapshot_every": 10}, "full_batch": {"snapshot_every": 100}}
    repository.params({"optimizer": "rmsprop", "points": {"recipe": "minibatch", "recipes": recipes}})
    full_batch = "metrics/full_batch.json"
    repository.metrics(full_batch, comparison(adam={"epochs_to_fit": censored_summary([200.0, 200.0, 200.0])}))
    repository.commit()
    repository.metrics(full_batch, comparison(adam={"epochs_to_fit": censored_summary([300.0, 300.0, 300.0])}))
    assert row(report(), "gan.adam.epochs_to_fit")[-1] == "⚪ within noise (±100)"
    repository.metrics(full_batch, comparison(adam={"epochs_to_fit": censored_summary([400.0, 400.0, 400.0])}))
    assert row(report(), "gan.adam.epochs_to_fit")[-1] == "🟠 worse (±100)"


def test_an_epoch_is_known_to_one_snapshot_only(repository: Repository, report: Report) -> None:
    recipes = {"recipe": "minibatch", "recipes": {"minibatch": {"snapshot_every": 10}}}
    repository.params({"optimizer": "rmsprop", "points": recipes})
    repository.metrics(COMPARISON, comparison(rmsprop={"epochs_to_fit": cell(20, 0.0)}))
    repository.metrics(GAN, {"epochs_to_fit": 20.0})
    repository.metrics("metrics/points/wgan.json", {"epochs_to_fit": 20.0})
    repository.commit()
    repository.metrics(GAN, {"epochs_to_fit": 30.0})
    repository.metrics("metrics/points/wgan.json", {"epochs_to_fit": 30.0})
    text = report()
    assert row(text, "epochs_to_fit")[-1] == "⚪ within noise (±10)"  # though all seeds fit at 20
    assert row(text[text.index("points/wgan") :], "epochs_to_fit")[-1] == "⚪ within noise (±10)"  # no seeds at all
    repository.metrics(GAN, {"epochs_to_fit": 40.0})
    assert row(report(), "epochs_to_fit")[-1] == "🟠 worse (±10)"


def test_a_run_that_stops_fitting_is_never_better(repository: Repository, report: Report) -> None:
    def fits(*epochs: float | None) -> dict[str, Any]:
        return {"epochs_to_fit": censored_summary(epochs), "never_fitted": epochs.count(None)}

    repository.metrics(COMPARISON, comparison(rmsprop=fits(20.0, 20.0, 200.0, 210.0)))
    repository.commit()
    repository.metrics(COMPARISON, comparison(rmsprop=fits(20.0, 20.0, 200.0, None)))
    text = report()
    assert row(text, "gan.rmsprop.never_fitted") == ["0", "1", "+1", "seems worse"]
    repository.metrics(COMPARISON, comparison(rmsprop=fits(20.0, 20.0, None, None)))
    assert row(report(), "gan.rmsprop.epochs_to_fit")[1:] == ["never", "", "seems worse"]


def test_a_variants_own_optimizer_tells_its_spread(repository: Repository, report: Report) -> None:
    repository.metrics(COMPARISON, comparison(adam={"w2_ratio": cell(1.5, 0.3)}))
    own = {"recipe": "full_batch", "variants": {"gan": {"full_batch": {"optimizer": "adam"}}}}
    repository.params({"optimizer": "rmsprop", "points": own})
    repository.commit()
    repository.metrics(GAN, {"w2_ratio": 1.51})
    assert row(report(), "w2_ratio")[-1] == "⚪ within noise (±1.8)"


def test_noise_needs_the_spread_of_both_optimizers(repository: Repository, report: Report) -> None:
    repository.metrics(COMPARISON, comparison(rmsprop={"w2_ratio": cell(1.5, 0.3)}, adam={"w2_ratio": cell(1.6, 0, 1)}))
    repository.commit()
    repository.metrics(GAN, {"w2_ratio": 1.51})
    assert row(report(), "w2_ratio")[-1] == "⚪ within noise (±1.8)"
    repository.params({"optimizer": "adam"})
    assert row(report(), "w2_ratio")[-1] == "seems worse"
    repository.params({"optimizer": "sgd"})
    assert row(report(), "w2_ratio")[-1] == "seems worse"


def test_the_spread_may_be_known_on_one_side_only(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.metrics(COMPARISON, comparison(rmsprop={"w2_ratio": cell(1.5, 0.3)}))
    repository.metrics(GAN, {"w2_ratio": 1.51})
    assert row(report(), "w2_ratio")[-1] == "⚪ within noise (±1.8)"


def test_means_over_seeds_are_compared_by_their_standard_errors(repository: Repository, report: Report) -> None:
    before = {"w2_ratio": cell(1.5, 0.08, 4), "stability": cell(1.0, 0.08, 4), "epochs_to_fit": cell(40, 5)}
    after = {"w2_ratio": cell(1.59, 0.06, 4), "stability": cell(1.13, 0.06, 4), "epochs_to_fit": cell(None, None, 0)}
    repository.metrics(COMPARISON, comparison(adam=before))
    repository.commit()
    repository.metrics(COMPARISON, {"gan": {"adam": {**after, "diverged": 2}}})
    text = report()
    # The difference of two means of 4 has a standard deviation of hypot(0.08, 0.06) / 2 = 0.05, known with
    # 0.05^4 / (0.04^4 / 3 + 0.03^4 / 3) = 5.564 degrees of freedom, for which Student's quantile is 2.494.
    assert row(text, "gan.adam.w2_ratio") == ["1.5 ± 0.08", "1.59 ± 0.06", "+0.09 (+6%)", "⚪ within noise (±0.12)"]
    assert row(text, "gan.adam.stability")[-1] == "🟠 worse (±0.12)"
    assert row(text, "gan.adam.epochs_to_fit") == ["40 ± 5", "never", "", "seems worse"]
    assert row(text, "gan.adam.diverged") == ["0", "2", "+2", "seems worse"]


def test_parameters_are_listed_by_their_dotted_names(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.params({"optimizer": "adam", "points": {"recipe": "minibatch", "window": {"x": [0, 1]}, "a|b": "c"}})
    text = report()
    assert "| `optimizer` | `rmsprop` | `adam` |" in text
    assert "| `points.window` | `null` | – |" in text
    assert "| `points.window.x` | – | `[0, 1]` |" in text
    assert "| `points.a\\|b` | – | `c` |" in text
    assert "points.recipe" not in text


def test_a_base_without_parameters_is_compared_all_the_same(repository: Repository, report: Report) -> None:
    (repository.folder / "params.yaml").unlink()
    repository.commit()
    repository.params({"optimizer": "adam"})
    assert "| `optimizer` | – | `adam` |" in report()


def links(text: str) -> list[str]:
    return re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)


def test_pictures_are_linked_relatively_before_and_after(repository: Repository, report: Report) -> None:
    for name in ("same.png", "other.png", "gone.gif"):
        repository.picture(f"plots/points/gan/{name}", "red")
    repository.commit()
    repository.picture("plots/points/gan/other.png", "blue")
    repository.picture("plots/points/gan/a new.png", "blue")
    (repository.folder / "plots/points/gan/gone.gif").unlink()
    text = folded(report(out="out/pr.md"), "<b><code>points/gan</code></b>")
    assert links(text) == [
        "../plots/points/gan/a%20new.png",
        "pr_files/before/plots/points/gan/gone.gif",
        "pr_files/before/plots/points/gan/other.png",
        "../plots/points/gan/other.png",
    ]
    with Image.open("out/pr_files/before/plots/points/gan/other.png") as before:
        assert before.getpixel((0, 0)) == (255, 0, 0)


HOSTILE = (
    "a|b", "`code`", "``", "a`|`b", "a\\|b", "a\\", "<img src=x onerror=alert(1)>", "@user", "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)", "</details>", "two\n\n# lines", "www.example.org", "x" * 5000, "\x1b[31mred", "",
)  # fmt: skip


def shown(text: str) -> str:
    """The report without its code, in which nothing has a meaning."""
    text = re.sub(r"<code>[^<]*</code>", "", text)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_or_a_value_from_a_file_stays_in_its_cell(name: str, repository: Repository, report: Report) -> None:
    repository.metrics(GAN, {name: "before", "word": "before", "w2": 1.0})
    repository.params({name or "empty": "before", "value": "before"})
    repository.commit()
    repository.metrics(GAN, {name: name, "word": name, "w2": 2.0})
    repository.params({name or "empty": "after", "value": name})
    text = report()
    for meaning in ("<img", "@user", "](javascript", "](https", "# lines", "www.", "\x1b", "x" * 400):
        assert meaning not in shown(text)
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert len(tables) == 2 * 2 + 2 + 3
    # What ends a cell is a bar with an even number of backslashes before it.
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in tables} == {4, 6}


def test_a_picture_with_a_hostile_name_is_shown_by_it_and_no_more(repository: Repository, report: Report) -> None:
    for name in ("](x) @user.png", "<img src=x>.png", "a|b`.png"):
        repository.picture(f"plots/<b>@user/{name}", "red")
    repository.commit()
    for name in ("](x) @user.png", "<img src=x>.png", "a|b`.png"):
        repository.picture(f"plots/<b>@user/{name}", "blue")
    text = report()
    assert len(links(text)) == 6
    assert all(re.fullmatch(r"[\w./%-]+", link) for link in links(text))
    assert not re.search(r"<img|<b>@|(?<!;)@user(?!\.png`)", shown(text).replace("<b></b>", ""))


@pytest.mark.parametrize("name", [b"two\nlines.png", b"\xff.png"])
def test_a_file_whose_name_cannot_be_shown_is_refused(name: bytes, repository: Repository, report: Report) -> None:
    repository.commit()
    (repository.folder / "plots").mkdir()
    Path(os.fsdecode(b"plots/" + name)).write_bytes(b"")
    assert "the file's name has a line break or is not UTF-8; rename it" in error(report)


@pytest.mark.parametrize("content", ['{"w2": NaN}', "[1]"])
def test_metrics_that_are_no_plain_json_are_refused(content: str, repository: Repository, report: Report) -> None:
    repository.commit()
    repository.write(GAN, content)
    assert f"{GAN} in the working tree" in error(report)


def test_pictures_of_a_commit_are_written_beside_the_report(repository: Repository, report: Report) -> None:
    repository.picture("plots/a.png", "red")
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "change")
    repository.picture("plots/a.png", "blue")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    assert links(report("--head", "change")) == ["report_files/before/plots/a.png", "report_files/after/plots/a.png"]
    with Image.open("report_files/after/plots/a.png") as after:
        assert after.getpixel((0, 0)) == (0, 0, 255)


def test_an_image_base_is_for_pictures_that_are_in_a_commit(repository: Repository, report: Report) -> None:
    for name in ("a.png", "b.png"):
        repository.picture(f"plots/{name}", "red")
    first = repository.commit()
    repository.git("checkout", "--quiet", "-b", "change")
    repository.picture("plots/a.png", "blue")
    second = repository.commit()
    repository.picture("plots/b.png", "blue")
    assert links(report("--image-base", "https://example.org/{commit}/raw/")) == [
        f"https://example.org/{first}/raw/plots/a.png",
        f"https://example.org/{second}/raw/plots/a.png",
        f"https://example.org/{first}/raw/plots/b.png",
        "plots/b.png",
    ]
    assert "--image-base is 'https://example.org'; expected an address with {commit}" in error(
        report, "--image-base", "https://example.org"
    )


def test_curves_are_drawn_one_over_the_other(repository: Repository, report: Report) -> None:
    repository.write("plots/points/gan/w2.csv", "epoch,step,w2\n0,0,1\n1,27,0.5\n")
    repository.write("plots/same.csv", "epoch,w2\n0,1\n")
    repository.write("plots/runs.csv", "variant,epoch,w2\ngan,0,1\nwgan,0,1\n")
    repository.commit()
    repository.write("plots/points/gan/w2.csv", "epoch,step,w2,w2_ratio\n0,0,1,3\n1,27,0.25,2\n2,54,0.2,2\n")
    repository.write("plots/points/wgan/w2.csv", "step,w2\n0,1\n1,\n")
    repository.write("plots/runs.csv", "variant,epoch,w2\ngan,0,1\nwgan,0,2\n")
    text = report()
    assert links(text) == ["report_files/curves/points/gan/w2.png", "report_files/curves/points/wgan/w2.png"]
    with Image.open("report_files/curves/points/gan/w2.png") as picture:
        assert picture.width == 840
    assert "not the curves of one run: `plots/runs.csv`" in text
    assert "same" not in text


def test_a_column_may_have_any_name_and_there_may_be_any_number(repository: Repository, report: Report) -> None:
    repository.write("plots/odd.csv", "epoch,$\\frac{,x_$^{,\x1b[31m\n0,1,2,3\n1,2,3,4\n")
    repository.write(
        "plots/wide.csv", ",".join(["epoch", *map(str, range(5000))]) + "\n" + ",".join(["0"] * 5001) + "\n"
    )
    repository.write("plots/endless.csv", "epoch,a\n0,inf\n1,-inf\n")
    repository.commit()
    for name in ("odd", "wide", "endless"):
        path = repository.folder / f"plots/{name}.csv"
        path.write_text(path.read_text() + ",".join(["9"] * len(path.read_text().splitlines()[0].split(","))) + "\n")
    text = report()
    assert links(text) == ["report_files/curves/endless.png", "report_files/curves/odd.png"]
    assert "not the curves of one run: `plots/wide.csv`" in text


def test_an_overlay_has_a_panel_for_each_column_of_either_state() -> None:
    before = pd.DataFrame({"w2": [1.0, 0.01], "old": [1.0, 1.0]}, index=pd.Index([0, 1], name="epoch"))
    after = pd.DataFrame({"w2": [1.0, 0.02], "new": [-1.0, 1.0]}, index=pd.Index([0, 1], name="epoch"))
    panels = overlay(before, after).axes
    assert [panel.get_title() for panel in panels] == ["w2", "new", "old"]
    assert [len(panel.lines) for panel in panels] == [2, 1, 1]
    assert [panel.get_yscale() for panel in panels] == ["log", "linear", "linear"]
    assert [text.get_text() for text in panels[0].get_legend().get_texts()] == ["before", "after"]


def test_a_base_that_does_not_exist(repository: Repository, report: Report) -> None:
    repository.commit()
    assert "'nowhere' is not a commit of this repository" in error(report, base="nowhere")
    assert "'--all' is not a commit" in error(report, "--base=--all")
    assert "'gone' is not a commit" in error(report, "--head", "gone")
    assert not Path("report.md").exists()


def test_a_base_without_metrics(repository: Repository, report: Report) -> None:
    (repository.folder / GAN).unlink()
    repository.commit()
    repository.metrics(GAN, {"w2": 1})
    said = error(report)
    assert "--base: main, " in said
    assert "has no metrics, no .json file under metrics/" in said
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit()
    assert "--head: main, " in error(report, "--head", "main", base="change")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON (Expecting property name"),
        ('{"w2": NaN}', "not JSON (NaN is no value of JSON)"),
        (b'{"w2": "\xff"}', "not JSON ("),
        ("[1]", "holds list; expected an object of metrics"),
    ],
)
def test_a_metrics_file_that_is_not_json(
    repository: Repository, report: Report, content: str | bytes, said: str
) -> None:
    good = (repository.folder / GAN).read_bytes()
    repository.commit()
    repository.write(GAN, content)
    assert f"{GAN} in the working tree on " in error(report)
    assert said in error(report)
    repository.commit()
    repository.write(GAN, good)
    assert f"{GAN} in main, " in error(report)


def test_params_and_curves_that_cannot_be_read(repository: Repository, report: Report) -> None:
    repository.commit()
    repository.write("params.yaml", "a: [")
    assert "params.yaml in the working tree on " in error(report)
    repository.write("params.yaml", "[1]")
    assert "holds list; expected a mapping" in error(report)
    repository.params({})
    repository.write("plots/w2.csv", b"epoch,w2\n1,2\n1,2,3,4\n")
    assert "plots/w2.csv in the working tree on " in error(report)


def test_not_a_git_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert f"{tmp_path}: Git finds no repository here; run from the project's root" in error(report)


def test_without_git(repository: Repository, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in error(report)


def test_the_command_line_as_typed(repository: Repository) -> None:
    repository.commit()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([forks.python(), "-m", "saddle", *arguments], capture_output=True, text=True, check=False)

    done = run("report", "--base", "main", "--out", "report.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "report.md: 0 better, 0 worse, 0 within noise, 4 unchanged\n"
    wrong = run("report", "--base", "nowhere", "--out", "report.md")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: 'nowhere' is not a commit")
    assert run("report").returncode == 2
    assert "invalid choice: 'nothing'" in run("nothing").stderr
    assert "--image-base" in run("report", "--help").stdout


def test_commands_are_imported_only_when_they_are_called() -> None:
    program = (
        "import sys\nsys.argv = ['saddle', '--help']\nfrom saddle.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'matplotlib', 'pandas', 'dvc'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_every_metric_of_the_pipeline_is_in_git() -> None:
    """The report reads Git only: a metric that DVC caches would be missing from it."""
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].items():
        for metric in stage.get("do", stage).get("metrics", ()):
            assert next(iter(metric.values()))["cache"] is False, name
