"""Checkpoints that others published: every layout, every wrapping, and files that are damaged or would run code."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
import torch

import saddle
from saddle.core.model_file import save_model
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.dcgan_tutorial import DCGANTutorialGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.networks.stylegan import StyleGANGenerator
from saddle.networks.stylegan2 import StyleGAN2Generator
from saddle.sefa.checkpoints import GENERATOR_KEYS
from saddle.sefa.layouts import load_published, read_generator

VECTORS = Path(__file__).parent / "vectors" / "stylegan_r32.npz"
STYLES = {"latent_dim": 5, "w_dim": 7, "mapping_width": 6, "mapping_layers": 3, "widths": [4, 3], "channels": 3}


def load(path):
    return load_published(path)[0]


def small_generator(seed=0, **settings):
    settings = {"latent_dim": 6, "resolution": 16, "fmaps_base": 128, "fmaps_max": 16, **settings}
    return initialized(ProGANGenerator, seed, "test", **settings)


def tutorial_generator(**settings):
    settings = {"latent_dim": 6, "widths": [8, 6, 4], "channels": 3, **settings}
    generator = initialized(DCGANTutorialGenerator, 0, "test", **settings)
    generator.train()(torch.randn(8, settings["latent_dim"]))  # so that the running statistics are not the initial ones
    return generator.eval()


def style_generator(network, **settings):
    return initialized(network, 0, "test", **{**STYLES, **settings}).eval()


@pytest.fixture
def state():
    return dict(small_generator().state_dict())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pth"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"resolution": 8, "channels": 1},
        {"resolution": 16, "fmaps_base": 100, "fmaps_max": 999},
    ],
)
def test_settings_and_weights_of_progan_come_back(path, settings):
    generator = small_generator(**settings)
    generator.set_lod(0.5)
    torch.save({"generator_smooth": generator.state_dict()}, path)
    loaded = load(path)
    assert not loaded.training
    assert loaded.widths == generator.widths
    for name in ("latent_dim", "resolution", "channels"):
        assert loaded.settings[name] == generator.settings[name]
    latents = torch.randn(2, loaded.latent_dim)
    assert torch.equal(loaded.sample(latents), generator.sample(latents))
    # The settings rebuild the network, so it can be saved and loaded like our own.
    ProGANGenerator(**loaded.settings).load_state_dict(loaded.state_dict())


def test_the_moving_average_is_preferred(path):
    states = {
        "generator": small_generator(1).state_dict(),
        "generator_smooth": small_generator(2).state_dict(),
    }
    torch.save({"discriminator": {}, **states}, path)
    loaded, note = load_published(path)
    assert torch.equal(loaded.layer0.weight, states["generator_smooth"]["layer0.weight"])
    assert note == (
        f"{path}: generator_smooth, the moving average of the weights, is drawn; not used: 'discriminator', 'generator'"
    )
    torch.save({"generator": states["generator"]}, path)
    assert torch.equal(load(path).layer0.weight, states["generator"]["layer0.weight"])


def test_the_older_file_format_is_read(path, state):
    torch.save({"generator": state}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(load(path).layer1.bias, state["layer1.bias"])


@pytest.mark.parametrize("suffix", [".ckpt", ""])
def test_a_file_is_what_its_content_says_whatever_its_name(tmp_path, suffix):
    generator = tutorial_generator()
    torch.save({"G": generator.state_dict()}, tmp_path / f"theirs{suffix}")
    save_model(tmp_path / "own.safetensors", {"generator": generator}, {"seed": 3})
    own = (tmp_path / "own.safetensors").rename(tmp_path / f"own{suffix}")
    for path, facts in ((tmp_path / f"theirs{suffix}", {}), (own, {"seed": 3})):
        model = saddle.load(path)
        assert model.facts == facts
        latents = torch.ones(2, 6)
        torch.testing.assert_close(model.generator.sample(latents), generator.sample(latents))


# The other layouts


@pytest.mark.parametrize(
    "generator",
    [
        tutorial_generator(widths=[16, 8, 8, 4], latent_dim=3),
        tutorial_generator(widths=[4, 4, 4, 4, 4], channels=1),
        *(
            style_generator(network, **settings)
            for network in (StyleGANGenerator, StyleGAN2Generator)
            for settings in (
                {"mapping_layers": 1, "mapping_width": 7},
                {"widths": [5, 4, 4, 2], "channels": 1, "w_dim": 3},
            )
        ),
    ],
    ids=lambda generator: generator.kind,
)
def test_other_generators_come_back(path, generator):
    torch.save(generator.state_dict(), path)
    loaded = load(path)
    assert type(loaded) is type(generator)
    assert loaded.settings == generator.settings
    latents = torch.randn(2, loaded.latent_dim)
    images = loaded.sample(latents)
    assert torch.equal(images, generator.sample(latents))
    assert images.shape[-1] == 4 * 2 ** (len(generator.settings["widths"]) - (generator.kind != "dcgan_tutorial"))


def test_what_sefa_factors_of_the_tutorial_s_is_the_map_before_any_normalization():
    generator, latents = tutorial_generator(), torch.randn(2, 6)
    features = generator.main[0](latents[:, :, None, None]).flatten(1)
    torch.testing.assert_close(latents @ generator.first_layer(), features)


def test_the_tutorial_s_file_is_read_as_it_is_saved_there(path):
    """Its names by hand: a convolution every third index, batch normalization behind all but the last."""
    widths = [8, 6, 4, 2]
    state = {"main.0.weight": torch.randn(5, 8, 4, 4), "main.12.weight": torch.randn(2, 1, 4, 4)}
    for index, (width, after) in enumerate(zip(widths, [*widths[1:], None], strict=True)):
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"main.{3 * index + 1}.{part}"] = torch.rand(width)
        if after:
            state[f"main.{3 * index + 3}.weight"] = torch.randn(width, after, 4, 4)
    torch.save({"netG_state_dict": state}, path)
    assert load(path).sample(torch.zeros(1, 5)).shape == (1, 1, 64, 64)


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_the_zoo_s_files_draw_the_zoo_s_images(path, name):
    with np.load(VECTORS) as vectors:
        start = f"{name}/state/"
        state = {key.removeprefix(start): torch.from_numpy(vectors[key]) for key in vectors if key.startswith(start)}
        latents, images = (torch.from_numpy(vectors[f"{name}/{key}"]) for key in ("z", "image"))
    torch.save({"generator_smooth": state, "discriminator": {}}, path)
    torch.testing.assert_close(load(path).sample(latents), images, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("key", "prefix", "dtype"),
    [
        *((key, "", torch.float32) for key in GENERATOR_KEYS),
        (None, "module.", torch.float16),
        ("generator", "_orig_mod.", torch.bfloat16),
        (None, "module._orig_mod.module.", torch.float64),
    ],
)
def test_every_wrapping_is_read(path, key, prefix, dtype):
    generator = tutorial_generator(widths=[4], channels=1)
    state = {prefix + name: tensor.to(dtype) for name, tensor in generator.state_dict().items() if tensor.ndim}
    torch.save(state if key is None else {key: state}, path)
    loaded, note = load_published(path)
    assert note == ""
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    assert torch.equal(loaded.main[0].weight, generator.main[0].weight.to(dtype).float())


def saved(content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def pickle_of(function, protocol=2):
    """What a pickle of a dict of networks begins with, whose class `function` names as "module" and "name", lines."""
    newer = b"".join(b"\x8c" + bytes([len(name)]) + name for name in function.split(b"\n")) + b"\x93"
    named = newer if protocol == 4 else b"c" + function + b"\n"
    return b"\x80" + bytes([protocol]) + b"}X\x01\x00\x00\x00G" + named + b")R."


def of_progan(**changed):
    return saved({"generator_smooth": {**small_generator().state_dict(), **changed}})


TUTORIAL = {name: value for name, value in tutorial_generator().state_dict().items() if name != "main.4.bias"}
GROWING = {**style_generator(StyleGANGenerator).state_dict(), "synthesis.lod": torch.tensor(0.5)}
BAD = {
    "page": (
        b"\n<!DOCTYPE html><html><title>Google Drive - Virus scan warning</title>",
        "a web page; the link leads to a page about the file, or asks to confirm a download",
    ),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
        "a pointer of Git LFS; fetch the file itself: git lfs pull",
    ),
    "picture": (b"\x89PNG\r\n\x1a\n" * 9, "PyTorch checkpoint"),
    "StyleGAN2-ADA": (
        pickle_of(b"torch_utils.persistence\n_reconstruct_persistent_obj"),
        "a pickle of a whole network, as StyleGAN2-ADA or StyleGAN3 saves them",
    ),
    "StyleGAN2-ADA, a newer pickle": (
        pickle_of(b"torch_utils.persistence\n_reconstruct_persistent_obj", 4),
        "a pickle of a whole network, as StyleGAN2-ADA or StyleGAN3 saves them",
    ),
    "TensorFlow": (
        pickle_of(b"dnnlib.tflib.network\nNetwork"),
        "a pickle of a whole network, as StyleGAN for TensorFlow saves them",
    ),
    "list": (saved([1, 2]), "holds a list"),
    "nothing": (saved({}), "holds nothing; it must be a state dict, or have one of 'generator_smooth', 'g_ema',"),
    "number": (saved({"generator": 3}), "generator is a int"),
    "no layout": (
        saved({"netG": TUTORIAL}),
        "netG has no known layout; the nearest is DCGAN tutorial, 32 x 32 pixels: missing keys: main.4.bias",
    ),
    "growing": (saved(GROWING), "synthesis.lod is 0.5; allowed: 0"),
    "shape": (
        of_progan(**{"layer3.weight": torch.zeros(16, 16, 5, 5)}),
        "wrong shape: layer3.weight (16, 16, 5, 5) where (16, 16, 3, 3) fits",
    ),
    "NaN": (of_progan(**{"layer4.bias": torch.full((8,), math.nan)}), "not finite in float32 in: layer4.bias"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_drawn_is_named_as_what_it_is(path, case):
    content, said = BAD[case]
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_generator(path, torch.device("cpu"))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert message.isprintable()
    assert len(message) < 900 + len(str(path))
