"""CUDA devices: steps that are played back give the bytes of Python's. Where there is none, these tests do not run."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import noise_for
from torch import Tensor

from benchmarks.project import points_training
from saddle.config import Settings
from saddle.core.process import use_precision
from saddle.experiments.images import train_images
from saddle.experiments.points import train_points
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import Run

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

POINTS = np.random.default_rng(0).normal(size=(600, 2))
IMAGES = torch.randint(256, (400, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def params(params: dict[str, Any]) -> dict[str, Any]:
    """The settings that `settings` has here: 48 steps of the points, 20 of the images, on the GPU."""
    params["device"] = "cuda"
    return params


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets an entry whenever a graph is played."""
    calls: list[int] = []
    play = torch.cuda.CUDAGraph.replay

    def counting(graph: torch.cuda.CUDAGraph) -> None:
        calls.append(1)
        play(graph)

    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", counting)
    return calls


def content(run: Run[Any]) -> list[Tensor]:
    networks = (run.generator, run.discriminator)
    return [value.cpu() for network in networks for value in network.state_dict().values()]


def points(settings: Settings, variant: str, optimizer: str, *, graphs: bool) -> Run[Any]:
    own = settings.model_copy(update={"cuda_graphs": graphs})
    return train_points(own, variant, optimizer, POINTS, 40, quiet=True)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "adamw", "sgd"])
@pytest.mark.parametrize("variant", ["gan", "wgan", "wgan_gp"])
@pytest.mark.parametrize("recipe", ["minibatch", "full_batch", "tuned"])
def test_points_trained_by_playing_steps_back_are_the_same_bit_for_bit(
    settings: Settings, played: list[int], recipe: Any, variant: str, optimizer: str
) -> None:
    settings = settings.under(recipe)
    plain = points(settings, variant, optimizer, graphs=False)
    assert not played
    replayed = points(settings, variant, optimizer, graphs=True)
    assert played
    assert replayed.log == plain.log
    assert all(torch.equal(a, b) for a, b in zip(content(replayed), content(plain), strict=True))


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
@pytest.mark.parametrize("variant", ["mlp", "dropout_mlp", "dcgan", "compact", "progan"])
def test_images_trained_by_playing_steps_back_are_the_same_bit_for_bit(
    settings: Settings, played: list[int], variant: str, precision: str
) -> None:
    own, noise = settings.model_copy(update={"precision": precision}), noise_for(settings, variant, IMAGES)
    plain = train_images(own.model_copy(update={"cuda_graphs": False}), variant, noise, "noise")
    assert not played
    replayed = train_images(own, variant, noise, "noise")
    # A network that grows is not the same from step to step.
    assert bool(played) == (variant != "progan")
    assert replayed.log == plain.log
    assert all(torch.equal(a, b) for a, b in zip(content(replayed), content(plain), strict=True))


@pytest.mark.parametrize("variant", ["dropout_mlp", "compact"])
def test_a_training_that_is_stopped_goes_on_bit_for_bit(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    whole = train_images(settings, variant, IMAGES, "noise")
    kept = Checkpoints(tmp_path, variant, "mark", 0.0)
    rows = iter(range(100))

    def stop(*_: object) -> None:
        if next(rows) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_images(settings, variant, IMAGES, "noise", checkpoints=kept, watcher=stop)
    resumed = train_images(settings, variant, IMAGES, "noise", checkpoints=kept)
    assert resumed.log == whole.log
    assert all(torch.equal(a, b) for a, b in zip(content(resumed), content(whole), strict=True))


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize("variant", ["gan", "wgan_gp"])
def test_no_step_waits_for_the_device(settings: Settings, variant: str, graphs: bool) -> None:
    own = settings.model_copy(update={"cuda_graphs": graphs})
    steps = points_training(own, variant, "adam", np.tile(POINTS, (4, 1))).steps  # an epoch has 48 batches
    for _ in islice(steps, 6):
        pass
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in islice(steps, 3):
            pass
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_precision_is_what_products_are_rounded_by() -> None:
    a = torch.randn(256, 256, device="cuda", generator=torch.Generator("cuda").manual_seed(0))
    exact = a.double() @ a.double()
    errors = {}
    for precision in ("fp32", "tf32"):
        use_precision(precision)
        errors[precision] = ((a @ a).double() - exact).abs().max().item()
    use_precision("fp32")
    assert errors["fp32"] < 1e-3 < errors["tf32"] < 1.0
