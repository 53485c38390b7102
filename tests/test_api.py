"""`saddle.load`, the names that a notebook uses, and `saddle` on the path."""

import argparse
import importlib
import io
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT

import saddle
from saddle.__main__ import COMMANDS, EXAMPLES, main
from saddle.commands.sampling import run
from saddle.commands.trained import TrainedGenerator
from saddle.core.model_file import kind, kinds, save_model
from saddle.core.network import Generator, initialized
from saddle.networks.compact import CompactGenerator
from saddle.networks.dcgan import DCGANGenerator
from saddle.networks.dcgan_tutorial import DCGANTutorialGenerator
from saddle.networks.mlp import MLPGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.networks.stylegan import StyleGANGenerator
from saddle.networks.stylegan2 import StyleGAN2Generator

FACTS = {"dataset": "points", "variant": "gan", "seed": 0}
POINTS = {"latent_dim": 3, "sample_shape": (2,), "hidden": [16]}
IMAGES = {"latent_dim": 4, "image_size": 16, "channels": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    save_model(made / "points.safetensors", {"generator": initialized(MLPGenerator, 0, "g", **POINTS)}, FACTS)
    save_model(made / "dcgan.safetensors", {"generator": initialized(DCGANGenerator, 0, "g", **IMAGES)}, {})
    return made


@pytest.mark.parametrize("name", ["points", "dcgan"])
def test_samples_are_those_of_the_command(name: str, folder: Path) -> None:
    model = saddle.load(folder / f"{name}.safetensors")
    path = folder / "drawn.npz"
    arguments = argparse.Namespace(model=folder / f"{name}.safetensors", n=20, seed=7, out=None, npz=path)
    run(arguments)
    drawn = np.load(path)
    np.testing.assert_array_equal(model.latents(20, seed=7), drawn["latents"])
    np.testing.assert_array_equal(model.sample(20, seed=7), drawn["samples"])
    np.testing.assert_array_equal(model.generate(model.latents(20, seed=7)), drawn["samples"])
    assert model.sample(np.int64(5)).shape == (5, *model.sample_shape)
    assert not np.array_equal(model.sample(5, seed=1), model.sample(5, seed=2))
    np.testing.assert_allclose(model.sample(5)[:3], model.sample(3), atol=1e-6)


def test_to_move_a_latent_vector_is_to_add_to_it(folder: Path) -> None:
    model = saddle.load(folder / "points.safetensors")
    latents, (direction,) = model.latents(4), model.directions(1)
    moved = model.move(latents, direction, [-2.0, 0.0, 1.5])
    assert moved.shape == (4, 3, 2)
    np.testing.assert_allclose(moved[:, 0], model.generate(latents - 2 * direction), atol=1e-6)
    np.testing.assert_array_equal(moved[:, 1], model.generate(latents))
    np.testing.assert_allclose(moved[:, 2], model.generate(latents + 1.5 * direction), atol=1e-6)


PROGAN = {"latent_dim": 4, "resolution": 8, "channels": 1, "fmaps_base": 32, "fmaps_max": 4}
TUTORIAL = {"latent_dim": 4, "widths": [8, 4], "channels": 1}
STYLES = {"latent_dim": 6, "w_dim": 6, "mapping_width": 8, "mapping_layers": 2, "widths": [8, 8], "channels": 1}
MLP = {"latent_dim": 4, "sample_shape": (1, 8, 8), "hidden": [16, 16]}
BY_BATCH = {"batch_norm": {"eps": 0.8, "statistics": "batch"}, "reference_size": 6}
MOVABLE: dict[str, tuple[type[Generator], dict[str, Any]]] = {
    "mlp": (MLPGenerator, MLP),
    "mlp, normalized by the batch": (MLPGenerator, {**MLP, **BY_BATCH}),
    "dcgan": (DCGANGenerator, IMAGES),
    "compact": (CompactGenerator, {**IMAGES, "widths": [8, 4, 4]}),
    "dcgan_tutorial": (DCGANTutorialGenerator, TUTORIAL),
    "progan": (ProGANGenerator, PROGAN),
    "stylegan": (StyleGANGenerator, STYLES),
    "stylegan2": (StyleGAN2Generator, STYLES),
}


def test_every_kind_of_generator_is_moved() -> None:
    made = {make.kind for make, _ in MOVABLE.values()}
    assert made == {name for name in kinds() if "generator" in kind(name).NETWORKS}


# More than one reference batch, and a single sample.
@pytest.mark.parametrize("count", [9, 1])
@pytest.mark.parametrize("name", MOVABLE)
def test_at_distance_0_samples_are_as_they_were(name: str, count: int) -> None:
    make, settings = MOVABLE[name]
    model = TrainedGenerator(initialized(make, 0, "g", **settings).eval(), {})
    latents, (direction,) = model.latents(count), model.directions(1)
    alone = model.move(latents, direction, [0])
    moved = model.move(latents, direction, [-2, 0, 2])
    # Up to rounding: where codes are normalized latents, for one, they are normalized once more as they are drawn.
    np.testing.assert_allclose(moved[:, 1], model.generate(latents), atol=1e-4)
    np.testing.assert_allclose(moved[:, 1], alone[:, 0], atol=1e-4)
    assert np.abs(moved[:, 2] - moved[:, 0]).max() > 1e-3


def test_an_open_file_is_a_model_as_its_path_is(folder: Path) -> None:
    path = folder / "dcgan.safetensors"
    expected = saddle.load(path).sample(3)
    with path.open("rb") as file:
        np.testing.assert_array_equal(saddle.load(file).sample(3), expected)
    np.testing.assert_array_equal(saddle.load(io.BytesIO(path.read_bytes())).sample(3), expected)
    np.testing.assert_array_equal(saddle.load(str(path), device="auto").sample(3).shape, expected.shape)


def test_a_published_generator_is_read_as_sefa_reads_it() -> None:
    vectors = np.load(ROOT / "tests/vectors/pggan_r16.npz")
    state = {name[6:]: torch.tensor(vectors[name]) for name in vectors.files if name.startswith("state/")}
    file = io.BytesIO()
    torch.save({"generator_smooth": state}, file)
    file.seek(0)
    model = saddle.load(file)
    assert (model.facts, model.sample_shape) == ({}, (3, 16, 16))
    ours, published = model.directions(3), vectors["sefa_directions"][:3]
    np.testing.assert_allclose(np.abs((ours * published).sum(1)), 1, atol=1e-4)


def test_what_is_no_model_is_named_in_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.safetensors").write_text("no model")
    opened = r'text.safetensors: opened as text; open it with mode="rb"'
    with (tmp_path / "text.safetensors").open() as text, pytest.raises(saddle.UserError, match=opened):
        saddle.load(text)  # type: ignore[arg-type]
    with pytest.raises(saddle.UserError, match=r"^device is 'gpu'; allowed: auto, cpu, cuda, cuda:N, mps"):
        saddle.load(folder / "dcgan.safetensors", device="gpu")


def test_bad_arguments_are_named_in_one_line(folder: Path) -> None:
    model = saddle.load(folder / "points.safetensors")
    for call, message in (
        (lambda: model.sample(0), "count is 0; allowed: 1 to 26,843,545 of this model's samples"),
        (lambda: model.sample(2, seed=-1), "seed is -1; allowed: 0 to 4294967295"),
        (lambda: model.directions(4), "count is 4; allowed: 1 to 3, the generator's latent size"),
        (lambda: model.generate(np.zeros(3)), "latents: an array of shape (3,); allowed: rows of 3 numbers"),
        (lambda: model.generate([[0, np.nan, 0]]), "latents: NaN or infinity among the numbers; allowed: finite ones"),
        (lambda: model.move(np.zeros((1, 3)), [1, 0], [1]), "direction: an array of shape (2,); allowed: 3 numbers"),
    ):
        with pytest.raises(saddle.UserError) as error:
            call()
        assert str(error.value).startswith(message)


def test_the_command_of_the_package_is_main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert list(project["scripts"]) == ["saddle"]
    assert EntryPoint("saddle", project["scripts"]["saddle"], "console_scripts").load() is main


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """Call the command in this process; what it exits with."""
    monkeypatch.setattr("sys.argv", ["saddle", *arguments])
    monkeypatch.setattr("saddle.__main__.end_when_asked", lambda: None)
    monkeypatch.setattr("saddle.__main__.tune_process", lambda: None)
    with pytest.raises(SystemExit) as exit_:
        main()
    return exit_.value.code


def test_version_and_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"saddle {saddle.__version__}\n"
    assert called(monkeypatch, "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: saddle ")
    for name, (place, summary) in COMMANDS.items():
        assert summary in " ".join(text.split())
        assert called(monkeypatch, name, "--help") == 0
        usage = capsys.readouterr().out
        assert usage.startswith(f"usage: saddle {name} ")
        assert usage.endswith(f"\nExample: saddle {name} {EXAMPLES[name]}".rstrip() + "\n")
        parser = argparse.ArgumentParser()
        importlib.import_module(place).add_arguments(parser)
        parser.parse_args(EXAMPLES[name].split())
