"""A stage or DVC itself killed without warning, at random moments: run again, it ends with the same bytes."""

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from clone import Clone, new_clone, use_tiny_mnist

pytestmark = pytest.mark.long

# Long enough to be killed in the middle: a training of some seconds beside the seconds of its start.
BUDGETS: dict[str, Any] = {"epochs": 4, "sample_interval": 7}
STAGES = {
    "train_points wgan_gp": "data/models/points/wgan_gp.safetensors data/samples/points/wgan_gp.npz",
    "train_images dropout_mlp": "data/models/images/dropout_mlp.safetensors data/samples/images/dropout_mlp.npz",
    "train_images dcgan": "data/models/images/dcgan.safetensors data/samples/images/dcgan.npz",
    "train_images progan": "data/models/images/progan.safetensors data/samples/images/progan.npz",
    "train_classifier mnist": "data/models/images/classifier_mnist.safetensors",
    "train_runs full_batch": "data/models/full_batch/gan-adam-0.safetensors data/samples/full_batch/wgan-rmsprop-1.npz",
    "render_points wgan_gp": "plots/points/wgan_gp/training.gif plots/points/wgan_gp/final.png",
}
KILLS = 4


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone whose trainings keep a checkpoint at every chance, with what they read prepared."""
    clone = new_clone(tmp_path_factory.mktemp("clone"))
    path = clone.folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["checkpoint_seconds"] = 0
    params["points"]["threads"] = 1  # the other core may be busy with other tests
    use_tiny_mnist(params, tmp_path_factory.mktemp("elsewhere"))
    for name in ("minibatch", "full_batch"):
        params["points"]["recipes"][name].update(epochs=150, snapshot_every=10)
    for variant in params["images"]["variants"].values():
        variant["log_every"] = 1
        variant["budgets"]["laptop"].update(BUDGETS)
    params["images"]["classifier"]["steps"] = 60
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    clone.dvc("repro evaluate_points@wgan_gp read_images@mnist")
    return clone


def hashes(clone: Clone, stage: str) -> list[str]:
    return [hashlib.sha256(clone.read(name)).hexdigest() for name in STAGES[stage].split()]


def started(clone: Clone, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=clone.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_killed_at_random_moments_ends_with_the_same_bytes(clone: Clone, stage: str) -> None:
    begin = time.monotonic()
    assert started(clone, "stages", *stage.split()).wait() == 0
    seconds = time.monotonic() - begin
    expected = hashes(clone, stage)
    for name in STAGES[stage].split():
        (clone.folder / name).unlink()
    moments = random.Random(stage)
    for _ in range(KILLS):
        process = started(clone, "stages", *stage.split())
        time.sleep(moments.uniform(0.3, 1.0) * seconds)
        process.kill()
        process.wait()
    assert started(clone, "stages", *stage.split()).wait() == 0
    assert hashes(clone, stage) == expected
    assert not list((clone.folder / "data").rglob("*.pt"))
    assert not [path for path in clone.folder.rglob(".*.part*") if ".git" not in path.parts]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_stage_does_not_outlive_a_dvc_that_was_killed(clone: Clone) -> None:
    stage = "train_images progan"
    assert started(clone, "stages", *stage.split()).wait() == 0
    expected = hashes(clone, stage)
    for wait in (2.0, 4.0, 6.0):
        dvc = started(clone, "dvc", "repro", "--single-item", "--force", "train_images@progan")
        time.sleep(wait)
        dvc.kill()
        dvc.wait()
        deadline = time.monotonic() + 5
        while _stages_running(clone.folder) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _stages_running(clone.folder) == []
    clone.dvc("repro --single-item --force train_images@progan")
    assert hashes(clone, stage) == expected


def _stages_running(folder: Path) -> list[int]:
    """The stages whose working directory is `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            here = (process / "cwd").readlink() == folder
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if here and b"stages" in command:
            found.append(int(process.name))
    return found
