"""One model on several devices: two processes train what one does, up to rounding."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import ROOT, noise_for
from torch import Tensor, nn

from saddle.config import Settings
from saddle.errors import UserError
from saddle.experiments.images import train_images
from saddle.training.ranks import ALONE, Ranks, check_devices, check_parts

IMAGES = torch.randint(256, (48, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
# On the CPU, those that neither normalize by their batch nor drop features out.
VARIANTS = ("mlp", "progan")


@pytest.fixture
def params(params: dict[str, Any]) -> dict[str, Any]:
    """Batches of 8, so that six steps are an epoch, in which ProGAN grows.

    With SGD: Adam divides a gradient by its size, so where there is none but rounding it takes a whole step.
    """
    for variant in params["images"]["variants"].values():
        variant.update(batch_size=8, optimizer="sgd", lr=0.01)
    return params


def without_steps(settings: Settings, name: str) -> Settings:
    """With a learning rate so small that no weight moves."""
    still = settings.images.variant(name).model_copy(update={"lr": 1e-30})
    variants = {**settings.images.variants, name: still}
    return settings.model_copy(update={"images": settings.images.model_copy(update={"variants": variants})})


def flat(network: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().double().flatten() for parameter in network.parameters()])


@pytest.mark.parametrize("name", VARIANTS)
def test_two_processes_train_what_one_does(settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddle.training.ranks.cores", lambda: 2)
    noise = noise_for(settings, name, IMAGES)
    one, two = (train_images(settings.model_copy(update={"devices": n}), name, noise, "noise") for n in (1, 2))
    assert [row["step"] for row in two.log] == [5, 6]
    for row, same in zip(two.log, one.log, strict=True):
        assert row == pytest.approx(same, rel=1e-3, abs=1e-4)
    start = train_images(without_steps(settings, name), name, noise, "noise")
    for network in ("generator", "discriminator"):
        a, b, c = (flat(getattr(run, network)) for run in (two, one, start))
        # ProGAN normalizes each pixel, which makes much of rounding where features are nearly zero.
        assert (a - b).norm() < (1e-2 if name == "progan" else 2e-3) * (b - c).norm()


def test_a_part_is_a_ranks_share_of_each_batch() -> None:
    batches = torch.arange(12)  # two batches of six
    parts = [Ranks(rank, 3, 6).part(batches).tolist() for rank in range(3)]
    assert parts == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    assert ALONE.part(batches) is batches


@pytest.mark.parametrize(
    ("count", "device", "message"),
    [
        (3, "cpu", "devices is 3, but this process has 2 cores; allowed: 1 to 2"),
        (2, "mps", "devices is 2, but on mps a model is trained on one"),
        (10_000, "cuda", r"devices is 10000, but this process has \d+ CUDA devices"),
    ],
)
def test_more_devices_than_there_are(count: int, device: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddle.training.ranks.cores", lambda: 2)
    with pytest.raises(UserError, match=message):
        check_devices(count, torch.device(device))


def test_a_batch_is_shared_in_equal_parts_of_whole_groups() -> None:
    check_parts("mlp", 8, 1, 2)
    check_parts("progan", 8, 4, 2)
    with pytest.raises(UserError, match=r"mlp.batch_size is 9; on 2 devices it must be a multiple of 2$"):
        check_parts("mlp", 9, 1, 2)
    with pytest.raises(UserError, match=r"batch_size is 12; on 2 devices it must be a multiple of 8: 4 neighbours"):
        check_parts("progan", 12, 4, 2)


PROGRAM = """
import sys, torch
from pathlib import Path
from saddle.config import load_settings
from saddle.core.process import tune_process
from saddle.errors import reports_user_errors
from saddle.core.process import end_when_asked
from saddle.training.checkpoints import Checkpoints
IMAGES = torch.randint(256, (48, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
import saddle.training.ranks as ranks
ranks.cores = lambda: 2

@reports_user_errors
def main():
    end_when_asked()
    from saddle.experiments.images import train_images
    kept = Checkpoints(Path("kept"), "mlp", "0123456789abcdef", 0.0)
    run = train_images(load_settings("params.yaml"), "mlp", IMAGES, "noise", checkpoints=kept)
    torch.save(run.generator.state_dict(), "done.pt")

if __name__ == "__main__":
    main()
"""


@pytest.mark.long
def test_a_rank_that_dies_ends_the_run_with_its_error_and_it_goes_on(params: dict[str, Any], tmp_path: Path) -> None:
    params["devices"] = 2
    variant = params["images"]["variants"]["mlp"]
    variant.update(log_every=1)
    variant["budgets"]["laptop"].update(epochs=20, sample_interval=50)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "kept").mkdir()
    run = [sys.executable, "program.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}

    with subprocess.Popen(run, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not any((tmp_path / "kept").glob("*.pt")):
            assert process.poll() is None
            time.sleep(0.02)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        rank = next(child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes())
        os.kill(int(rank), signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == (
        "error: one of the 2 processes of this training ended with exit code -9; "
        "started again, the training goes on from its checkpoint"
    )
    assert "Traceback" not in errors

    again = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("goes on from") == 1
    for file in (tmp_path / "kept").glob("*.pt"):
        file.unlink()
    interrupted = torch.load(tmp_path / "done.pt")
    whole = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert whole.returncode == 0, whole.stderr
    uninterrupted = torch.load(tmp_path / "done.pt")
    assert all(torch.equal(value, uninterrupted[name]) for name, value in interrupted.items())
