"""Points on any scale: networks see them as large as the recipes expect; files and pictures show them as they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT

from saddle.commands.trained import TrainedGenerator
from saddle.config import Settings, load_settings
from saddle.core.model_file import load_model, save_model
from saddle.core.network import initialized
from saddle.core.units import USUAL_CENTRE, USUAL_SPREAD, Units, units_of
from saddle.data.points.builtin import fresh_points
from saddle.data.points.dataset import read_points
from saddle.experiments.points import train_points
from saddle.networks.mlp import MLPDiscriminator, MLPGenerator

POINTS = np.random.default_rng(0).normal((0.6, 0.5), (0.3, 0.1), (200, 2))


def test_the_reports_own_points_are_seen_as_they_are() -> None:
    points = load_settings(ROOT / "params.yaml").points
    own = read_points(ROOT / points.file, points.variable)
    assert units_of(own, "auto") is None
    assert fresh_points(own, points.variable, 10, np.random.default_rng(0)) is not None


@pytest.mark.parametrize(
    ("points", "standardize", "seen_otherwise"),
    [
        (POINTS, "auto", False),
        (POINTS, "always", True),
        (POINTS * 4, "auto", True),
        (POINTS + 5, "auto", True),
        (POINTS * 1000 - 7, "never", False),
    ],
)
def test_auto_leaves_what_is_close_to_the_usual_size(points: Any, standardize: str, seen_otherwise: bool) -> None:
    assert (units_of(points, standardize) is not None) == seen_otherwise


@pytest.mark.parametrize(("scale", "offset"), [(100.0, 500.0), (1e-4, 1e4), (1e6, -3.0)])
def test_networks_see_the_usual_centre_and_spread(scale: float, offset: float) -> None:
    points = torch.from_numpy(POINTS * scale + offset)
    units = units_of(points.numpy(), "auto")
    assert units is not None
    seen = units.to_networks(points).double()
    centre = seen.mean(0)
    assert centre.tolist() == pytest.approx(list(USUAL_CENTRE), abs=1e-6)
    assert float(((seen - centre) ** 2).mean().sqrt()) == pytest.approx(USUAL_SPREAD, rel=1e-6)
    # Back again to a millionth of the spread, which float32 could not hold beside such an offset.
    assert torch.allclose(units.to_data(units.to_networks(points)), points, rtol=0, atol=1e-6 * scale)


def with_points(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update={"points": settings.points.model_copy(update=changes)})


@pytest.mark.parametrize("variant", ["gan", "wgan_gp"])
def test_a_training_does_not_depend_on_the_scale_of_the_points(settings: Settings, variant: str) -> None:
    settings = with_points(settings, standardize="always")
    plain = train_points(settings, variant, "rmsprop", POINTS, 30, quiet=True)
    large = train_points(settings, variant, "rmsprop", POINTS * 64 + 512, 30, quiet=True)
    for one, other in zip(plain.generator.parameters(), large.generator.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-4)
    moved = plain.snapshots.seen["samples"][-1] * 64 + 512
    assert np.allclose(large.snapshots.seen["samples"][-1], moved, atol=0.01)
    assert np.allclose(large.snapshots.seen["surface"][-1], plain.snapshots.seen["surface"][-1], atol=1e-3)
    assert np.allclose(large.snapshots.x, plain.snapshots.x * 64 + 512)


def test_a_model_file_keeps_its_units(tmp_path: Path) -> None:
    units = Units((500.0, -3.0), 100.0)
    layers: Any = {"hidden": [4], "units": units.settings()}
    generator = MLPGenerator(latent_dim=2, sample_shape=(2,), **layers)
    discriminator = MLPDiscriminator(sample_shape=(2,), **layers)
    save_model(tmp_path / "m.safetensors", {"generator": generator, "discriminator": discriminator}, {})
    stored = load_model(tmp_path / "m.safetensors", ("generator", "discriminator"))
    latents = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    samples = stored["generator"].sample(latents)
    assert torch.equal(samples, generator(latents).double() * 100 + torch.tensor([500.0, -3.0]))
    seen = discriminator(generator(latents))
    assert torch.allclose(stored["discriminator"].assess(samples), seen, atol=1e-5)


def test_a_sample_resolves_points_that_lie_far_out(tmp_path: Path) -> None:
    units: Any = Units((5e7, -5e7), 0.01).settings()
    generator = initialized(MLPGenerator, 0, "test", latent_dim=2, sample_shape=(2,), hidden=[16], units=units)
    samples = TrainedGenerator(generator, {}).sample(300)
    # float32 knows every fourth whole number there.
    assert samples.dtype == np.float64
    assert len(np.unique(samples[:, 0])) > 250
