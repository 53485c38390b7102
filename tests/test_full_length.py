"""A run of full length: files of its own, a record of what made them, and no training for nothing."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.repo import Repo
from mnist_format import data_set, md5_table, write_files

from stages import evaluate_images_floor, full_length, read_images, train_classifier

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")


@pytest.fixture
def folder(params: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with tiny data and all that images are measured by."""
    params["images"]["variants"]["mlp"]["budgets"]["full"].update(epochs=2, sample_interval=5)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    files = data_set(train=200, test=120)
    raw = write_files(tmp_path / "data/raw/mnist", files)
    (raw / "source.json").write_text(json.dumps({"dataset": "TinyMNIST", "md5": md5_table(files)}))
    for command in (("init", "-q"), ("add", "params.yaml"), ("commit", "-q", "-m", "first")):
        subprocess.run([*GIT, *command], cwd=tmp_path, check=True)
    Repo.init(str(tmp_path)).close()
    monkeypatch.chdir(tmp_path)
    for stage in (read_images, train_classifier, evaluate_images_floor):
        stage.main("mnist")
    return tmp_path


def refuse(*arguments: object) -> None:
    pytest.fail("it trains again")


def test_a_run_of_full_length_is_recorded_and_trained_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_length.main("mlp")
    said = capsys.readouterr().err
    made = sorted(path.relative_to(folder).as_posix() for path in (folder / "plots").rglob("*.*"))
    names = ("curves.pdf", "curves.png", "digits.csv", "final.png", "run.json", "strip.png", "training.csv")
    assert made == [f"plots/full/mlp/{name}" for name in names]
    metrics = json.loads((folder / "metrics/full/mlp.json").read_text())
    assert (metrics["epochs"], metrics["steps"]) == (2, 20)
    assert {"fid", "digit_share", "d_real", "d_fake"} <= metrics.keys()
    assert (folder / "plots/full/mlp/digits.csv").read_text().splitlines()[0] == "epoch,step,digit_share"

    accuracy = json.loads((folder / "metrics/images/classifier_mnist.json").read_text())["test_accuracy"]
    assert metrics["classifier_accuracy"] == accuracy < 0.8
    weak = f"classifier of TinyMNIST, which measures, is right about {100 * accuracy:.0f} % of the 120 images held out"
    assert [line for line in said.splitlines() if weak in line] != []

    record = json.loads((folder / "plots/full/mlp/run.json").read_text())
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert (record["command"], record["commit"]) == ("python -m stages full_length mlp", commit)
    assert (record["scale"], record["grid"]) == ("full", 10)
    assert record["settings"]["budgets"]["full"]["epochs"] == 2
    model = (folder / "data/models/full/mlp.safetensors").read_bytes()
    assert record["model"] == hashlib.sha256(model).hexdigest()

    (folder / "metrics/full/mlp.json").unlink()
    with monkeypatch.context() as patched:
        patched.setattr(full_length.train_images, "train", refuse)
        full_length.main("mlp")
    assert json.loads((folder / "metrics/full/mlp.json").read_text()) == metrics

    # Files of a training with other settings, or of one that nobody knows, are not taken.
    path = folder / "plots/full/mlp/run.json"
    monkeypatch.setattr(full_length.train_images, "train", refuse)
    path.write_text(path.read_text().replace('"mark": "', '"mark": "0'))
    with pytest.raises(pytest.fail.Exception, match="it trains again"):
        full_length.main("mlp")
    path.unlink(missing_ok=True)
    with pytest.raises(pytest.fail.Exception, match="it trains again"):
        full_length.main("mlp")
