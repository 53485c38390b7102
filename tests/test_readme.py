"""README.md and what is committed beside it agree."""

import json
import re
from pathlib import Path

import pytest

from saddle.errors import UserError
from saddle.reporting.readme import with_tables

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_committed_metrics() -> None:
    assert with_tables(README, ROOT / "metrics") == README, "run: python -m saddle readme"
    for name in ("points", "optimizers", "claims", "images"):
        assert f"<!-- table: {name} -->\n|" in README


def test_a_changed_metric_changes_the_table(tmp_path: Path) -> None:
    for path in (ROOT / "metrics").rglob("*.json"):
        copy = tmp_path / path.relative_to(ROOT / "metrics")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    gan = tmp_path / "points/gan.json"
    gan.write_text(json.dumps({**json.loads(gan.read_text()), "w2_ratio": 9.87}))
    assert "9.87" in with_tables(README, tmp_path)
    optimizers = tmp_path / "optimizers.json"
    runs = json.loads(optimizers.read_text())
    runs["wgan"]["rmsprop"]["w2_ratio"]["mean"] = 6.54
    optimizers.write_text(json.dumps(runs))
    changed = with_tables(README, tmp_path)
    for name in ("optimizers", "claims"):
        assert "6.54" in changed.split(f"<!-- table: {name} -->")[1].split("<!-- end -->")[0]


def test_a_comparison_without_an_optimizer_of_the_report_is_one_line(tmp_path: Path) -> None:
    runs = json.loads((ROOT / "metrics/optimizers.json").read_text())
    for row in runs.values():
        del row["sgd"]
    (tmp_path / "optimizers.json").write_text(json.dumps(runs))
    for name in ("optimizers", "claims"):
        with pytest.raises(UserError, match=r"optimizers.json: has no 'sgd'; .* rmsprop, adam, sgd"):
            with_tables(f"<!-- table: {name} -->\n<!-- end -->", tmp_path)


def test_missing_or_broken_metrics_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gan.json: no such file; run dvc repro first"):
        with_tables(README, tmp_path)
    (tmp_path / "points").mkdir()
    (tmp_path / "points/gan.json").write_text("{")
    with pytest.raises(UserError, match=r"gan.json: not JSON"):
        with_tables(README, tmp_path)


def test_pictures_and_pages_that_it_links_are_there() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
