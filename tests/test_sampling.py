"""`python -m saddle sample`, as typed by a user."""

import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from saddle.core.model_file import save_model
from saddle.core.network import initialized
from saddle.networks.dcgan.network import DCGANDiscriminator, DCGANGenerator
from saddle.networks.mlp.network import MLPGenerator
from saddle.networks.progan.network import ProGANGenerator

GENERATORS = {
    "points": (MLPGenerator, {"latent_dim": 2, "sample_shape": (2,), "hidden": [8]}),
    "mlp": (MLPGenerator, {"latent_dim": 4, "sample_shape": (1, 28, 28), "hidden": [8], "tanh": True}),
    "dcgan": (DCGANGenerator, {"latent_dim": 4, "image_size": 16, "channels": 1}),
    "progan": (ProGANGenerator, {"latent_dim": 4, "resolution": 8, "channels": 1, "fmaps_base": 32, "fmaps_max": 4}),
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, (make, settings) in GENERATORS.items():
        save_model(tmp_path / f"{name}.safetensors", {"generator": initialized(make, 0, "g", **settings)}, {})
    return tmp_path


def sample(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "saddle", "sample", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


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


def test_another_seed_gives_other_samples_and_more_samples_begin_alike(models: Path) -> None:
    model = models / "mlp.safetensors"
    arrays = {}
    for name, count, seed in (("a", 3, 0), ("b", 3, 1), ("c", 5, 0)):
        sample(model, "--n", count, "--seed", seed, "--npz", models / f"{name}.npz")
        arrays[name] = np.load(models / f"{name}.npz")["samples"]
    assert not np.array_equal(arrays["a"], arrays["b"])
    np.testing.assert_allclose(arrays["a"], arrays["c"][:3], atol=1e-6)


def test_bad_arguments_are_one_line_and_write_nothing(models: Path) -> None:
    model, out = models / "mlp.safetensors", models / "x.png"
    other = models / "other.safetensors"
    save_model(other, {"discriminator": initialized(DCGANDiscriminator, 0, "d", image_size=16, channels=1)}, {})
    (models / "text.safetensors").write_text("no model")
    cases = {
        (model, "--n", 0, "--out", out): "--n is 0; it must be at least 1",
        (model, "--n", -3, "--out", out): "--n is -3",
        (model, "--seed", -1, "--out", out): "--seed is -1",
        (model,): "nothing to write",
        (model, "--out", models / "x.gif"): "must end in .png",
        (models / "none", "--out", out): "no such model file",
        (models / "text.safetensors", "--out", out): "not a safetensors model file",
        (other, "--out", out): "holds no generator, only discriminator",
    }
    for arguments, message in cases.items():
        result = sample(*arguments)
        assert result.returncode == 1, arguments
        assert message in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    assert not out.exists()
