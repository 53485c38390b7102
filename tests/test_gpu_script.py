"""The script for a machine with a GPU runs to its end, here on the CPU with tiny settings."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from clone import new_clone, use_tiny_mnist
from conftest import PARAMS, ROOT


@pytest.mark.long
def test_it_tests_times_and_trains_at_full_length(tmp_path: Path) -> None:
    clone = new_clone(tmp_path / "clone")
    shutil.copytree(ROOT / "tests", clone.folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    path = clone.folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    use_tiny_mnist(params, tmp_path)
    # Only the reports' own settings can be compared with the plain loops.
    params["points"] = PARAMS["points"]
    shutil.copy(ROOT / "data/raw/points.mat", clone.folder / "data/raw")
    params["images"]["variants"]["mlp"]["budgets"]["full"].update(epochs=2, sample_interval=5)
    path.write_text(before := yaml.safe_dump(params, sort_keys=False))
    clone.commit()
    clone.shell('BENCH="--rows gan --steps 2 --repeats 1" VARIANTS=mlp bash benchmarks/gpu.sh')
    assert json.loads(clone.read("metrics/full/mlp.json"))["epochs"] == 2
    assert json.loads(clone.read("plots/full/mlp/run.json"))["precision"] == "tf32"
    assert set(json.loads(clone.read("plots/full/benchmarks.json"))["figures"]) == {"gan"}
    assert path.read_text() == before
