import os
import pickle

import pytest
import torch

from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.progan.network import ProGANGenerator
from saddle.sefa.foreign import load_progan_checkpoint


def small_generator(seed=0, **settings):
    settings = {"latent_dim": 6, "resolution": 16, "fmaps_base": 128, "fmaps_max": 16, **settings}
    return initialized(ProGANGenerator, seed, "test", **settings)


@pytest.fixture
def state():
    return dict(small_generator().state_dict())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pth"


def refusal(path):
    with pytest.raises(UserError) as caught:
        load_progan_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"resolution": 8, "channels": 1},
        {"resolution": 32, "fmaps_base": 64, "latent_dim": 3},
        {"resolution": 64, "fmaps_base": 4096, "fmaps_max": 5},
        {"resolution": 16, "fmaps_base": 100, "fmaps_max": 999},
    ],
)
def test_settings_and_weights_come_back(path, settings):
    generator = small_generator(**settings)
    generator.set_lod(0.5)
    torch.save({"generator_smooth": generator.state_dict()}, path)
    loaded = load_progan_checkpoint(path)
    assert not loaded.training
    assert loaded.widths == generator.widths
    for name in ("latent_dim", "resolution", "channels"):
        assert loaded.settings[name] == generator.settings[name]
    latents = torch.randn(2, loaded.latent_dim)
    assert torch.equal(loaded.sample(latents), generator.sample(latents))
    # The settings rebuild the network, so it can be saved and loaded like our own.
    ProGANGenerator(**loaded.settings).load_state_dict(loaded.state_dict())


def test_the_public_model_gets_the_public_settings(path):
    shapes = small_generator(resolution=1024, fmaps_base=16384, fmaps_max=512, latent_dim=1)
    torch.save({"generator": shapes.half().state_dict()}, path)
    loaded = load_progan_checkpoint(path)
    assert (loaded.settings["fmaps_base"], loaded.settings["fmaps_max"]) == (16384, 512)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


def test_the_moving_average_is_preferred(path):
    states = {
        "generator": small_generator(1).state_dict(),
        "generator_smooth": small_generator(2).state_dict(),
    }
    torch.save({"discriminator": {}, **states}, path)
    loaded = load_progan_checkpoint(path)
    assert torch.equal(loaded.layer0.weight, states["generator_smooth"]["layer0.weight"])
    torch.save({"generator": states["generator"]}, path)
    assert torch.equal(load_progan_checkpoint(path).layer0.weight, states["generator"]["layer0.weight"])


def test_the_older_file_format_is_read(path, state):
    torch.save({"generator": state}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(load_progan_checkpoint(path).layer1.bias, state["layer1.bias"])


class Touching:
    """A pickle of this makes a folder when a careless reader reads it."""

    def __init__(self, made):
        self.made = made

    def __reduce__(self):
        return os.mkdir, (str(self.made),)


class Evaluating(Touching):
    def __reduce__(self):
        return eval, (f"__import__('os').mkdir({str(self.made)!r})",)


@pytest.mark.parametrize("kind", [Touching, Evaluating])
@pytest.mark.parametrize("form", ["zip", "legacy", "bare"])
def test_a_pickle_that_would_run_code_is_refused_and_not_run(path, tmp_path, state, kind, form):
    made = tmp_path / "made"
    content = {"generator_smooth": {**state, "lod": kind(made)}} if form != "bare" else kind(made)
    if form == "bare":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    message = refusal(path)
    assert "refused, and nothing in it was run" in message
    assert ("mkdir" if kind is Touching else "eval") in message
    assert not made.exists()


def test_the_pickles_of_the_test_above_do_run_elsewhere(tmp_path):
    pickle.loads(pickle.dumps(Touching(tmp_path / "made")))
    assert (tmp_path / "made").exists()


def test_a_missing_file(tmp_path):
    assert "no such checkpoint file" in refusal(tmp_path / "absent.pth")
    assert "no such checkpoint file" in refusal(tmp_path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file(path, state, share, zipped):
    torch.save({"generator": state}, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    message = refusal(path)
    assert "truncated" in message or "damaged" in message


@pytest.mark.parametrize("content", [b"<html>404 Not Found</html>", b"\x89PNG\r\n\x1a\n" * 9, b"PK\x03\x04 no zip"])
def test_files_that_are_no_checkpoint(path, content):
    path.write_bytes(content)
    assert "PyTorch checkpoint" in refusal(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "holds a list"),
        ({}, "holds nothing; one of 'generator_smooth' or 'generator' must be in it"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "holds 'a', 'b', 'c' and 1 more; one of"),
        ({"generator": 3}, "generator is a int"),
        ({"generator": {"lod": 3}}, "generator has 'lod': int"),
        ({"generator": {7: torch.zeros(())}}, "generator has 7: Tensor"),
        ({"generator_smooth": {}}, "missing keys: lod, layer0.weight, layer0.bias and"),
    ],
)
def test_other_content(path, content, said):
    torch.save(content, path)
    assert said in refusal(path)


@pytest.mark.filterwarnings("ignore:Validating sparse tensor invariants")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("lod"), "no ProGAN generator of 16 x 16 pixels; missing keys: lod"),
        (lambda s: s.pop("layer0.weight"), "16 x 16 pixels; missing keys: layer0.weight"),
        (lambda s: s.pop("output2.bias"), "16 x 16 pixels; missing keys: output2.bias"),
        (lambda s: s.update(extra=s["lod"]), "16 x 16 pixels; unknown keys: extra"),
        (lambda s: s.update({"layer17.bias": s["lod"]}), "16 x 16 pixels; unknown keys: layer17.bias"),
        (
            lambda s: s.update({"layer0.wieght": s.pop("layer0.weight")}),
            "missing keys: layer0.weight; unknown keys: layer0.wieght",
        ),
        (
            lambda s: [s.pop(f"layer{n}.bias") for n in range(5)],
            "missing keys: layer0.bias, layer1.bias, layer2.bias and 2 more",
        ),
        (
            lambda s: s.update({"layer3.weight": torch.zeros(16, 16, 5, 5)}),
            "wrong shape: layer3.weight (16, 16, 5, 5) where (16, 16, 3, 3) fits",
        ),
        (
            lambda s: s.update({"layer4.bias": torch.zeros(9)}),
            "wrong shape: layer4.bias (9,) where (8,) fits",
        ),
        (
            lambda s: s.update({"layer1.weight": torch.zeros(16), "lod": torch.zeros(1)}),
            "wrong shape: lod (1,) where () fits, layer1.weight (16,) where (16, 16, 3, 3) fits",
        ),
        (lambda s: s.update({"layer4.bias": torch.zeros(8, dtype=torch.int64)}), "layer4.bias torch.int64"),
        (lambda s: s.update({"layer4.bias": torch.zeros(8).to_sparse()}), "allowed: dense"),
        (lambda s: s["layer4.bias"].fill_(float("nan")), "not finite in: layer4.bias"),
        (lambda s: s.update(lod=torch.tensor(7.0)), "lod 7.0; allowed: 0 to 2"),
        (
            lambda s: s.update({f"output{n}.bias": torch.zeros(2) for n in range(3)}),
            "channels is 2; allowed: 1 or 3",
        ),
    ],
)
def test_tensors_that_do_not_fit(path, state, change, said):
    change(state)
    torch.save({"generator_smooth": state}, path)
    message = refusal(path)
    assert "generator_smooth" in message
    assert said in message
