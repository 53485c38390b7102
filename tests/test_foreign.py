"""Checkpoints that others published: every layout, every wrapping, and files that are damaged or made to do harm."""

import io
import os
import pickle
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.dcgan_tutorial.network import DCGANTutorialGenerator
from saddle.networks.progan.network import ProGANGenerator
from saddle.networks.stylegan.network import StyleGANGenerator
from saddle.networks.stylegan2.network import StyleGAN2Generator
from saddle.sefa.foreign import load_generator, reading
from saddle.sefa.foreign.entries import GENERATOR_KEYS

VECTORS = Path(__file__).parent / "vectors" / "stylegan_r32.npz"
STYLES = {"latent_dim": 5, "w_dim": 7, "mapping_width": 6, "mapping_layers": 3, "widths": [4, 3], "channels": 3}


def load(path):
    return load_generator(path).generator


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


def refusal(path):
    with pytest.raises(UserError) as caught:
        load_generator(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < 900 + len(str(path))
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
    loaded = load(path)
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
    loaded = load(path)
    assert (loaded.settings["fmaps_base"], loaded.settings["fmaps_max"]) == (16384, 512)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


def test_the_moving_average_is_preferred(path):
    states = {
        "generator": small_generator(1).state_dict(),
        "generator_smooth": small_generator(2).state_dict(),
    }
    torch.save({"discriminator": {}, **states}, path)
    loaded, note = load_generator(path)
    assert torch.equal(loaded.layer0.weight, states["generator_smooth"]["layer0.weight"])
    assert note == (
        f"{path}: generator_smooth, the moving average of the weights, is drawn; not used: 'discriminator', 'generator'"
    )
    torch.save({"generator": states["generator"]}, path)
    assert torch.equal(load(path).layer0.weight, states["generator"]["layer0.weight"])


def test_the_older_file_format_is_read(path, state):
    torch.save({"generator": state}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(load(path).layer1.bias, state["layer1.bias"])


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
    assert "no such checkpoint file: it is a folder" in refusal(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    assert "no such checkpoint file: it is a pipe or device" in refusal(path)


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
        ({}, "holds nothing; it must be a state dict, or have one of 'generator_smooth', 'g_ema',"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "holds 'a', 'b', 'c' and 1 more; it must be"),
        ({"generator": 3}, "generator is a int"),
        ({"generator": {"lod": 3}}, "generator has 'lod': int"),
        ({"generator": {7: torch.zeros(())}}, "generator has 7: Tensor"),
        (
            {"generator_smooth": {}},
            "generator_smooth holds nothing, and no tensor of a known layout: ProGAN, DCGAN tutorial, ",
        ),
    ],
)
def test_other_content(path, content, said):
    torch.save(content, path)
    assert said in refusal(path)


def test_a_single_name_tells_the_nearest_layout(path):
    torch.save({"generator": {"lod": torch.zeros(())}}, path)
    assert "the nearest is ProGAN, 8 x 8 pixels: missing keys: layer0.weight" in refusal(path)


@pytest.mark.filterwarnings("ignore:Validating sparse tensor invariants")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("lod"), "the nearest is ProGAN, 16 x 16 pixels: missing keys: lod"),
        (lambda s: s.pop("layer0.weight"), "16 x 16 pixels: missing keys: layer0.weight"),
        (lambda s: s.pop("output2.bias"), "16 x 16 pixels: missing keys: output2.bias"),
        (lambda s: s.update(extra=s["lod"]), "16 x 16 pixels: unknown keys: extra"),
        (lambda s: s.update({"layer17.bias": s["lod"]}), "16 x 16 pixels: unknown keys: layer17.bias"),
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
        (lambda s: s.update({"layer4.bias": torch.zeros(8, dtype=torch.int64)}), "layer4.bias int64"),
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
    assert "generator_smooth" in message or "claim" in message
    assert said in message


# The other layouts


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"widths": [16, 8, 8, 4], "latent_dim": 3},
        {"widths": [4, 4, 4, 4, 4], "channels": 1},
    ],
)
def test_the_tutorial_s_generator_comes_back(path, settings):
    generator = tutorial_generator(**settings)
    torch.save(generator.state_dict(), path)
    loaded = load(path)
    assert isinstance(loaded, DCGANTutorialGenerator)
    assert loaded.settings == generator.settings
    latents = torch.randn(2, loaded.latent_dim)
    images = loaded.sample(latents)
    assert torch.equal(images, generator.sample(latents))
    assert images.shape[-1] == 4 * 2 ** len(generator.settings["widths"])
    # W: each feature of the 4 x 4 map before any normalization is linear in the latent.
    features = generator.main[0](latents[:, :, None, None]).flatten(1)
    torch.testing.assert_close(latents @ loaded.first_layer(), features)


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


@pytest.mark.parametrize("network", [StyleGANGenerator, StyleGAN2Generator])
@pytest.mark.parametrize(
    "settings", [{}, {"widths": [5, 4, 4, 2]}, {"mapping_layers": 1, "mapping_width": 7}, {"channels": 1, "w_dim": 3}]
)
def test_style_generators_come_back(path, network, settings):
    generator = style_generator(network, **settings)
    torch.save({"generator_smooth": generator.state_dict()}, path)
    loaded = load(path)
    assert type(loaded) is network
    assert loaded.settings == generator.settings
    latents = torch.randn(2, loaded.latent_dim)
    assert torch.equal(loaded.sample(latents), generator.sample(latents))


@pytest.mark.parametrize("name", ["stylegan", "stylegan2"])
def test_the_zoo_s_files_draw_the_zoo_s_images(path, name):
    with np.load(VECTORS) as vectors:
        start = f"{name}/state/"
        state = {key.removeprefix(start): torch.from_numpy(vectors[key]) for key in vectors if key.startswith(start)}
        latents, images = (torch.from_numpy(vectors[f"{name}/{key}"]) for key in ("z", "image"))
    torch.save({"generator_smooth": state, "discriminator": {}}, path)
    torch.testing.assert_close(load(path).sample(latents), images, atol=1e-4, rtol=0)


@pytest.mark.parametrize("key", [*GENERATOR_KEYS, None])
@pytest.mark.parametrize("prefix", ["", "module.", "module.module."])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_every_wrapping_is_read(path, key, prefix, dtype):
    generator = tutorial_generator(widths=[4], channels=1)
    state = {prefix + name: tensor.to(dtype) for name, tensor in generator.state_dict().items() if tensor.ndim}
    torch.save(state if key is None else {key: state}, path)
    loaded, note = load_generator(path)
    assert note == ""
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    assert torch.equal(loaded.main[0].weight, generator.main[0].weight.to(dtype).float())


def test_what_else_the_file_holds_is_named_in_one_line(path):
    state = tutorial_generator().state_dict()
    torch.save({**state, "epoch": 3, "a\nb": 1, "c" * 10_000: 2, "losses": []}, path)
    note = load_generator(path).note
    assert note.startswith(f"{path}: the state dict is drawn; not used: 'epoch', 'a\\nb', 'ccc")
    assert note.endswith(" and 1 more")
    assert len(note) < 300 + len(str(path))


def test_another_entry_is_not_taken_silently(path):
    generator = tutorial_generator()
    torch.save({"netG": generator.state_dict(), "generator": generator.state_dict()}, path)
    assert load_generator(path).note == f"{path}: generator is drawn; not used: 'netG'"


def save_tutorial(path, change):
    state = dict(tutorial_generator().state_dict())
    change(state)
    torch.save({"netG": state}, path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda s: s.pop("main.4.bias"),
            "netG has no known layout; the nearest is DCGAN tutorial, 32 x 32 pixels: missing keys: main.4.bias",
        ),
        (lambda s: s.update({"main.0.bias": torch.zeros(8)}), "unknown keys: main.0.bias"),
        (
            lambda s: s.update({"main.3.weight": torch.zeros(8, 5, 4, 4)}),
            "wrong shape: main.3.weight (8, 5, 4, 4) where (8, 6, 4, 4) fits",
        ),
        (
            lambda s: s.update({"main.3.weight": torch.zeros(8, 6, 3, 3)}),
            "(DCGAN tutorial, 32 x 32 pixels) has tensors of the wrong shape: main.3.weight (8, 6, 3, 3) where",
        ),
        (lambda s: s.update({"main.9.weight": torch.zeros(4, 2, 4, 4)}), "number of channels is 2; allowed: 1 or 3"),
        (lambda s: s.update({"main.9.weight": torch.zeros(4, 0, 4, 4)}), "number of channels is 0"),
        (lambda s: s.update({"main.0.weight": torch.zeros(0, 8, 4, 4)}), "latent_dim is 0"),
        (lambda s: s["main.1.running_var"].fill_(float("inf")), "not finite in: main.1.running_var"),
        (
            lambda s: s.update({"main.0.weight": torch.full((6, 8, 4, 4), 1e300, dtype=torch.float64)}),
            "beyond the range of float32",
        ),
        (
            lambda s: s.update(small_generator().state_dict()),
            "mixes the layouts ProGAN, 16 x 16 pixels and DCGAN tutorial, 32 x 32 pixels",
        ),
        (lambda s: (s.clear(), s.update(weight=torch.zeros(3))), "netG holds weight, and no tensor of a known layout"),
        (lambda s: s.update({"x\ny": torch.zeros(3)}), "unknown keys: 'x\\ny'"),
        (lambda s: s.update({"y" * 1_000_000: torch.zeros(3)}), "unknown keys: 'yyy"),
        (lambda s: s.update({"y" * 10_000_000: torch.zeros(3)}), "its pickle has more than 2000000 bytes"),
        (lambda s: s.update({"": torch.zeros(3)}), "unknown keys: ''"),
    ],
)
def test_what_differs_from_the_nearest_layout_is_named(path, change, said):
    save_tutorial(path, change)
    assert said in refusal(path)


def test_a_stylegan_that_is_still_growing_is_refused(path):
    state = style_generator(StyleGANGenerator).state_dict()
    state["synthesis.lod"] = torch.tensor(0.5)
    torch.save(state, path)
    assert "synthesis.lod 0.5; allowed: 0" in refusal(path)


def odd_tensors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "float8_e4m3fn", torch.zeros(6).to(torch.float8_e4m3fn)
        yield "complex64", torch.zeros(6, dtype=torch.complex64)
        yield "bool", torch.zeros(6, dtype=torch.bool)
        yield "int8", torch.zeros(6, dtype=torch.int8)
        yield "sparse_coo", torch.zeros(6).to_sparse()
        yield "sparse_csr", torch.zeros(6, 6).to_sparse_csr()
        yield "quint8", torch.quantize_per_tensor(torch.zeros(6), 1.0, 0, torch.quint8)
        yield "nested", torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
        yield "nested", torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=torch.jagged)
        yield "without numbers", torch.zeros(6, device="meta")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "tensor"), list(odd_tensors()))
def test_odd_tensors_are_refused(path, kind, tensor):
    save_tutorial(path, lambda state: state.update({"main.4.bias": tensor}))
    message = refusal(path)
    assert f"wrong type: main.4.bias {kind}" in message or "refused, and nothing in it was run" in message


# Files that ask for more than they have


def test_numbers_that_are_repeated_without_end_are_refused(path):
    save_tutorial(path, lambda state: state.update({"main.0.weight": torch.zeros(1).expand(10**6, 10**6, 4, 4)}))
    assert "its tensors claim 64000" in refusal(path)


def test_a_compressed_archive_is_refused(path):
    """Zeros, packed to a thousandth."""
    content = io.BytesIO()
    torch.save({"netG": {"main.0.weight": torch.zeros(100, 512, 4, 4)}}, content)
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for record in before.infolist():
            after.writestr(record.filename, before.read(record))
    assert "zip records are compressed" in refusal(path)


def test_records_that_claim_more_than_the_file_has_are_refused(path, state):
    torch.save({"generator": state}, path)
    content = bytearray(path.read_bytes())
    place = content.rfind(reading.ZIP_ENTRY, 0, content.rfind(reading.ZIP_ENTRY))
    content[place + 20 : place + 28] = struct.pack("<II", 2**31, 2**31)
    path.write_bytes(content)
    assert "claim" in refusal(path)


def test_more_records_than_any_checkpoint_has_are_refused(path, monkeypatch, state):
    torch.save({"generator": state}, path)
    monkeypatch.setattr(reading, "MOST_RECORDS", 5)
    assert "more than 5 zip records" in refusal(path)


def test_a_file_that_is_too_large_is_refused_unread(path):
    with path.open("wb") as file:
        file.truncate(reading.LARGEST_FILE + 1)
    assert "has 2.0 GB; allowed: up to 2 GB" in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_is_too_large_is_refused(path, monkeypatch, zipped, state):
    monkeypatch.setattr(reading, "LARGEST_PICKLE", 1000)
    monkeypatch.setattr(reading._BoundedReader, "left", 1000)
    torch.save({"generator": state}, path, _use_new_zipfile_serialization=zipped)
    assert "its pickle has more than 1000 bytes" in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_bytearray_of_any_size_is_not_made(path, zipped):
    class Asking:
        def __reduce__(self):
            return bytearray, (10**11,)

    torch.save({"netG": Asking()}, path, _use_new_zipfile_serialization=zipped)
    assert "it asks for a bytearray" in refusal(path)


def test_a_storage_of_absurd_size_in_the_older_format(path):
    """The pickle asks for 4 * 10^12 bytes."""
    torch.save({"netG": {"main.0.weight": torch.zeros(0x12345)}}, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes().replace(b"J" + struct.pack("<i", 0x12345), b"\x8a\x05" + (10**12).to_bytes(5, "little"))
    path.write_bytes(content)
    assert "claim" in (message := refusal(path)) or "damaged" in message


BOUNDED = """
import sys, time
from pathlib import Path
from saddle.errors import UserError
from saddle.sefa.foreign import load_generator
start = time.perf_counter()
try:
    load_generator(sys.argv[1])
except UserError as error:
    assert len(str(error).splitlines()) == 1, error
else:
    raise AssertionError("was read")
# Not getrusage: there a process begins with the peak of the one that started it.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, time.perf_counter() - start)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a process's own peak")
@pytest.mark.parametrize("zipped", [True, False])
def test_memory_and_time_stay_bounded(path, zipped):
    """As much pickle as is allowed, all of it empty lists: the most objects that a byte can make."""
    size = reading.LARGEST_PICKLE - 100
    lists = b"\x80\x02}X\x01\x00\x00\x00a(" + b"]" * size + b"ls."
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", lists)
            archive.writestr("archive/version", "3")
    else:
        torch.save({}, path, _use_new_zipfile_serialization=False)
        path.write_bytes(path.read_bytes().replace(pickle.dumps({}, protocol=2), lists, 1))
    run = subprocess.run([sys.executable, "-c", BOUNDED, path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    megabytes, seconds = map(float, run.stdout.split())
    assert megabytes < 1000
    assert seconds < 20
