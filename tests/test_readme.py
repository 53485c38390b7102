"""The pages with tables and what is committed beside them agree; the tables follow metrics and params.yaml."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import ROOT

from saddle.config import Settings, load_settings
from saddle.errors import UserError
from saddle.reporting.claims.points import R1, R3
from saddle.reporting.claims.verdicts import Verdict
from saddle.reporting.readme import CHINESE, CHINESE_WORDS, PAGES, TABLES, Results, in_chinese, with_tables

TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
SETTINGS = load_settings(ROOT / "params.yaml")


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    """A copy of the committed metrics, and beside it one of the tables of plots/."""
    for folder in ("plots", "metrics"):
        copied = shutil.copytree(
            ROOT / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("*.png", "*.pdf", "*.gif", "*.html", "*.mp4"),
        )
    return copied


def change(path: Path, *keys: str, value: Any) -> None:
    """Set what `keys` lead to in a JSON file."""
    content = json.loads(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content))


def runs_changed(metrics: Path, comparison: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change the table of a comparison's runs."""
    path = metrics.parent / "plots" / comparison / "runs.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)


def rows(name: str, metrics: Path, settings: Settings = SETTINGS) -> list[list[str]]:
    """The cells of a table, its two lines of head left out."""
    made = with_tables(f"<!-- table: {name} -->\n<!-- end -->", Results(metrics, metrics.parent / "plots", settings))
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in made.splitlines()[3:-1]]


def settings_with(params: dict[str, Any], folder: Path) -> Settings:
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    return load_settings(folder / "params.yaml")


def test_the_tables_are_those_of_the_committed_metrics() -> None:
    committed = Results(ROOT / "metrics", ROOT / "plots", SETTINGS)
    for name, text in TEXTS.items():
        assert with_tables(text, committed, chinese=name.endswith(CHINESE)) == text, "run: saddle readme"
    assert set(re.findall("<!-- table: (.+?) -->\n\\|", "".join(TEXTS.values()))) == TABLES.keys()


def test_every_verdict_and_statement_has_chinese_words() -> None:
    assert {*map(str, Verdict), *(statement.words for statement in (*R1, *R3))} <= CHINESE_WORDS["cells"].keys()
    assert in_chinese("| `a`, 1 run, 30 of 200 epochs |") == "| `a`，1 次运行，200 轮中的前 30 轮 |"
    assert in_chinese("| `a`, Adam 2, SGD 3 seeds, 1,200 steps |") == "| `a`，Adam 2，SGD 3 个种子，1,200 步 |"


def test_a_changed_metric_changes_the_table(metrics: Path) -> None:
    change(metrics / "points/gan.json", "width_ratio", value=9.87)
    assert rows("points", metrics)[0][2] == "9.87"

    def wgan(runs: pd.DataFrame) -> pd.DataFrame:
        own = (runs["variant"] == "wgan") & (runs["optimizer"] == "rmsprop")
        runs.loc[own, "w2_ratio"] = [98.7, *[6.54] * (own.sum() - 1)]
        return runs

    runs_changed(metrics, "optimizers", wgan)
    cells = [cell for row in rows("optimizers", metrics) for cell in row]
    assert any("**6.54**" in cell and "98.7" in cell for cell in cells)
    assert any("6.54" in cell for row in rows("claims of R3", metrics) for cell in row)


def test_what_a_file_lacks_is_a_dash(metrics: Path) -> None:
    change(metrics / "images/mlp.json", "digit_share", value=0.5)
    change(metrics / "images/floor_mnist.json", "digit_share", value=None)
    path = metrics / "images/dcgan.json"
    content = json.loads(path.read_text())
    content.pop("digit_share", None)
    path.write_text(json.dumps(content))
    shares = {row[0].split("<br>")[0]: row[4] for row in rows("images", metrics)}
    assert (shares["MLP"], shares["DCGAN"], shares["real training images"]) == ("0.5", "–", "none")


def test_a_new_variant_and_a_new_optimizer_show_up_by_title_or_name(
    metrics: Path, params: dict[str, Any], tmp_path: Path
) -> None:
    of_recipe = params["points"]["recipes"]["minibatch"]["variants"]
    of_recipe["mine"] = of_recipe["gan"]
    params["points"]["variants"].insert(0, "mine")
    params["images"]["variants"]["fifth"] = params["images"]["variants"]["dcgan"]
    params["comparison"]["optimizers"].append("adamw")
    params["titles"]["fifth"] = "The fifth"
    shutil.copy(metrics / "points/gan.json", metrics / "points/mine.json")
    shutil.copy(metrics / "images/dcgan.json", metrics / "images/fifth.json")
    shutil.copytree(metrics.parent / "plots/images/dcgan", metrics.parent / "plots/images/fifth")

    def with_adamw(runs: pd.DataFrame) -> pd.DataFrame:
        own = runs[(runs["variant"] == "gan") & (runs["optimizer"] == "adam")]
        return pd.concat([runs, own.assign(optimizer="adamw")])

    runs_changed(metrics, "optimizers", with_adamw)
    settings = settings_with(params, tmp_path)
    titles = {name: [row[0] for row in rows(name, metrics, settings)] for name in ("points", "images")}
    assert titles["points"] == ["mine", "GAN", "WGAN", "WGAN-GP", "real points"]
    names = [name.split("<br>")[0] for name in titles["images"]]
    of_digits = [name for name, variant in SETTINGS.images.variants.items() if variant.dataset == "mnist"]
    assert names == [*map(SETTINGS.title, of_digits), "The fifth", "real training images"]
    pairs = [tuple(row[:2]) for row in rows("optimizers", metrics, settings)]
    assert pairs[:5] == [("GAN", "RMSprop"), ("GAN", "Adam"), ("GAN", "SGD"), ("GAN", "AdamW"), ("WGAN", "RMSprop")]
    assert len(pairs) == 10


@pytest.mark.parametrize(
    ("file", "content", "table", "named"),
    [
        ("../plots/optimizers/runs.csv", "variant,seed\ngan,0\n", "optimizers", "has no column 'optimizer'; run the"),
    ],
)
def test_a_file_changed_by_hand_is_one_line(file: str, content: str, table: str, named: str, metrics: Path) -> None:
    (metrics / file).write_text(content)
    with pytest.raises(UserError, match=f"{Path(file).name}: {named}"):
        rows(table, metrics)
