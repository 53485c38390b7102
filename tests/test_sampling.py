"""`python -m saddle sample`, as typed by a user."""

import argparse
import subprocess
from pathlib import Path

import forks
import imageio.v3 as iio
import numpy as np
import pytest
import torch

from saddle.commands.sampling import add_arguments, run
from saddle.commands.trained import TrainedGenerator
from saddle.core.model_file import save_model
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.mlp import MLPGenerator
from saddle.networks.progan import ProGANGenerator

GENERATORS = {
    "points": (MLPGenerator, {"latent_dim": 2, "sample_shape": (2,), "hidden": [8]}),
    "mlp": (MLPGenerator, {"latent_dim": 4, "sample_shape": (1, 28, 28), "hidden": [8], "tanh": True}),
    "progan": (ProGANGenerator, {"latent_dim": 4, "resolution": 8, "channels": 1, "fmaps_base": 32, "fmaps_max": 4}),
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, (make, settings) in GENERATORS.items():
        save_model(tmp_path / f"{name}.safetensors", {"generator": initialized(make, 0, "g", **settings)}, {})
    return tmp_path


def sample(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [forks.python(), "-m", "saddle", "sample", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refusal(*arguments: object) -> str:
    """The error that the command's last line is, without a process of its own."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(UserError) as error:
        run(parser.parse_args([*map(str, arguments)]))
    return str(error.value)


@pytest.mark.parametrize("name", GENERATORS)
def test_same_seed_same_bytes_for_every_generator(name: str, models: Path) -> None:
    model = models / f"{name}.safetensors"
    for out in ("1", "2"):
        result = sample(model, "--n", 7, "--seed", 3, "--out", models / f"{out}.png", "--npz", models / f"{out}.npz")
        assert result.returncode == 0, result.stderr
    assert (models / "1.png").read_bytes() == (models / "2.png").read_bytes()
    assert (models / "1.npz").read_bytes() == (models / "2.npz").read_bytes()
    arrays = np.load(models / "1.npz")
    assert len(arrays["samples"]) == len(arrays["latents"]) == 7
    assert iio.imread(models / "1.png").shape[1] > 100


def test_without_a_place_a_picture_called_as_the_model_is_written_here(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    run(parser.parse_args(["../points.safetensors"]))
    run(parser.parse_args(["../points.safetensors", "--out", "named.png"]))
    assert capsys.readouterr().out == "points.png: 25 samples\n"
    assert Path("points.png").read_bytes() == Path("named.png").read_bytes()


def test_bad_arguments_are_refused_and_write_nothing(models: Path) -> None:
    model, out = models / "mlp.safetensors", models / "x.png"
    wide = models / "wide.safetensors"
    settings = {"latent_dim": 2, "sample_shape": (2, 8, 8), "hidden": [8]}
    save_model(wide, {"generator": initialized(MLPGenerator, 0, "g", **settings)}, {})
    cases = {
        (model, "--n", 10**9, "--out", out): "--n is 1000000000; a picture holds at most 13,456 of this model's",
        (wide, "--out", out): "its samples have the shape (2, 8, 8); --out draws points (2,) and images of 1 or 3",
        (model, "--out", models / "x.gif"): "must end in .png",
    }
    for arguments, message in cases.items():
        refused = refusal(*arguments)
        assert message in refused
        assert refused.isprintable()
    assert not out.exists()


def test_a_generator_whose_samples_are_no_numbers_is_named(tmp_path: Path) -> None:
    generator = initialized(MLPGenerator, 0, "g", latent_dim=2, sample_shape=(2,), hidden=[8, 8])
    for parameter in generator.parameters():
        parameter.data.fill_(1e30)
    save_model(tmp_path / "large.safetensors", {"generator": generator}, {})
    refused = refusal(tmp_path / "large.safetensors", "--out", tmp_path / "x.png")
    assert refused == f"{tmp_path}/large.safetensors: draws samples with NaN or infinity"
    assert not (tmp_path / "x.png").exists()


def test_large_images_come_in_smaller_batches_that_are_the_same_samples() -> None:
    generator = initialized(MLPGenerator, 0, "g", latent_dim=4, sample_shape=(1, 256, 256), hidden=[4])
    model = TrainedGenerator(generator, {})
    expected = generator.sample(torch.from_numpy(model.latents(20))).numpy()
    np.testing.assert_allclose(model.sample(20), expected, rtol=1.3e-6, atol=1e-5)
