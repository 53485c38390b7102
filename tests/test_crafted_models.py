"""A model file that somebody made up or edited is refused in one line, before memory is taken for what it claims."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from saddle.core.model_file import load_model
from saddle.core.network import Network
from saddle.core.network_kinds import kind, kinds
from saddle.core.score import Score
from saddle.core.tensor_file import MOST_HEADER
from saddle.errors import UserError
from saddle.networks.mlp.network import MLPGenerator

NORM = {"eps": 0.8, "statistics": "batch"}
LAYERS = {"hidden": [4, 4], "activation": "relu", "negative_slope": 0.0, "batch_norm": None, "dropout": 0.0}
MLP = {"latent_dim": 2, "sample_shape": [2], "tanh": False, "reference_size": 3, **LAYERS, "batch_norm": NORM}
DCGAN = {"latent_dim": 3, "image_size": 16, "channels": 1}
COMPACT = {"latent_dim": 3, "image_size": 8, "channels": 1, "widths": [4, 4, 4], "modes": 2}
PROGAN = {"latent_dim": 3, "resolution": 8, "channels": 1, "fmaps_base": 32, "fmaps_max": 4}
TUTORIAL = {"latent_dim": 3, "widths": [4], "channels": 1}
STYLES = {"latent_dim": 3, "w_dim": 3, "mapping_width": 4, "mapping_layers": 1, "widths": [4, 4], "channels": 1}
GENERATORS: dict[str, dict[str, Any]] = {
    **{"mlp": MLP, "dcgan": DCGAN, "compact": COMPACT, "progan": PROGAN},
    **{"dcgan_tutorial": TUTORIAL, "stylegan": STYLES, "stylegan2": STYLES},
}
MORE_THAN_MEMORY = 2**60


def tensors_of(name: str) -> dict[str, Tensor]:
    network: Network = kind(name).NETWORKS["generator"](**GENERATORS[name])
    return {f"generator.{key}": tensor.contiguous() for key, tensor in network.state_dict().items()}


def description(name: str, **changed: Any) -> dict[str, Any]:
    settings = {**GENERATORS[name], **changed}
    return {"format": "saddle-2", "facts": {}, "networks": {"generator": {"kind": name, "settings": settings}}}


def written(path: Path, content: object, tensors: dict[str, Tensor]) -> Path:
    """A model file with this description, or text in its place."""
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(save(tensors, {"saddle": text}))
    return path


def raw(path: Path, header: bytes, data: bytes = b"") -> Path:
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def refusal(path: Path) -> str:
    """What the error says after the file's name: one line, of bounded length."""
    with pytest.raises(UserError) as error:
        load_model(path, ("generator",))
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < len(str(path)) + 500
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", GENERATORS)
def test_what_is_crafted_here_is_a_model_file_until_it_is_changed(name: str, tmp_path: Path) -> None:
    tensors = tensors_of(name)
    loaded = load_model(written(tmp_path / "m", description(name), tensors), ("generator",))["generator"]
    state = loaded.state_dict()
    assert all(torch.equal(state[key.removeprefix("generator.")], tensor) for key, tensor in tensors.items())
    assert not any(tensor.is_meta for tensor in [*loaded.parameters(), *loaded.buffers()])


NOT_WHOLE = [0, -1, True, None, 1.5, "2", [], {}, MORE_THAN_MEMORY, 10**300]
BAD_SETTINGS: list[tuple[str, str, Any, str]] = [
    *(("mlp", "latent_dim", value, "latent_dim is ") for value in NOT_WHOLE),
    *(("mlp", "hidden", [4, value], r"hidden\[1\] is ") for value in NOT_WHOLE),
    *(("mlp", "hidden", value, "hidden is ") for value in ([], 4, "44", None, {}, [4] * 101)),
    *(("mlp", "sample_shape", [value], r"sample_shape\[0\] is ") for value in NOT_WHOLE),
    *(("mlp", "sample_shape", value, "sample_shape is ") for value in ([], 2, "2", None, [1, 1, 1, 2], [65536] * 3)),
    *(("mlp", "reference_size", value, "reference_size is ") for value in (0, 1, None, -3, "3", MORE_THAN_MEMORY)),
    *(("mlp", "tanh", value, "tanh is ") for value in (0, 1, None, "yes")),
    *(("mlp", "activation", value, "activation is .*allowed: relu, leaky_relu") for value in ("gelu", None, ["relu"])),
    *(("mlp", "negative_slope", value, "negative_slope is ") for value in (-0.1, 1, "0.2", None, True, 1e300)),
    *(("mlp", "dropout", value, "dropout is ") for value in (-0.1, 1.0, "0", None, False)),
    *(
        ("mlp", "batch_norm", value, r"batch_norm(\.eps|\.statistics|\.momentum)? is ")
        for value in (True, [], {}, {"eps": 0.8}, {**NORM, "momentum": 1})
    ),
    ("mlp", "batch_norm", {**NORM, "eps": 0}, "batch_norm.eps is 0"),
    ("mlp", "batch_norm", {**NORM, "eps": "0.8"}, "batch_norm.eps is '0.8'"),
    ("mlp", "batch_norm", {**NORM, "statistics": "both"}, "statistics is 'both'; allowed: running, batch"),
    *(("dcgan", "latent_dim", value, "latent_dim is ") for value in NOT_WHOLE),
    *(("dcgan", "image_size", value, "image_size is ") for value in (*NOT_WHOLE, 18, 16.0, 2048)),
    *(("dcgan", "channels", value, "channels is ") for value in NOT_WHOLE),
    *(("compact", "latent_dim", value, "latent_dim is ") for value in NOT_WHOLE),
    *(("compact", "image_size", value, "image_size is ") for value in (*NOT_WHOLE, 10, 8.0, 2048)),
    *(("compact", "channels", value, "channels is ") for value in NOT_WHOLE),
    *(("compact", "modes", value, "modes is ") for value in (-1, 1, 4, 2.0, "2", None)),
    *(("compact", "widths", value, "widths") for value in (*NOT_WHOLE, [4, 4], [4, 0, 4], [4] * 4)),
    *(("progan", "latent_dim", value, "latent_dim is ") for value in NOT_WHOLE),
    *(("progan", "resolution", value, "resolution is ") for value in (*NOT_WHOLE, 12, 8.0, 2048)),
    *(("progan", "channels", value, "channels is ") for value in (*NOT_WHOLE[:2], *NOT_WHOLE[3:], 2)),
    *(("progan", "fmaps_base", value, "fmaps_base is ") for value in NOT_WHOLE),
    *(("progan", "fmaps_max", value, "fmaps_max is ") for value in NOT_WHOLE),
]


@pytest.mark.parametrize(("name", "setting", "value", "message"), BAD_SETTINGS)
def test_settings_that_no_network_can_have(name: str, setting: str, value: Any, message: str, tmp_path: Path) -> None:
    path = written(tmp_path / "m", description(name, **{setting: value}), tensors_of(name))
    assert re.search(message, refusal(path))


@pytest.mark.parametrize("name", GENERATORS)
def test_each_setting_must_be_there_and_no_other(name: str, tmp_path: Path) -> None:
    for setting in GENERATORS[name]:
        content = description(name)
        del content["networks"]["generator"]["settings"][setting]
        message = refusal(written(tmp_path / "m", content, tensors_of(name)))
        # Batch normalization cannot do without its reference.
        assert message == f"the generator's settings lack {setting!r}" or "reference_size is None" in message
    content = description(name, colour="red")
    assert refusal(written(tmp_path / "m", content, tensors_of(name))) == "the generator has no setting 'colour'"


@pytest.mark.parametrize("name", kinds())
def test_what_a_model_file_keeps_are_settings_and_those_without_a_default_are_among_them(name: str) -> None:
    for role, make in kind(name).NETWORKS.items():
        settings = dict(GENERATORS.get(name, {}))
        if role == "discriminator":
            settings = {key: settings[key] for key in settings if key in make.setting_names()}
        kept = make(**settings).settings.keys()
        assert make.setting_names(required=True) <= kept <= make.setting_names()


# Each of these networks would take more memory than there is.
@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("mlp", {"hidden": [65536] * 100}),
        ("mlp", {"latent_dim": 65536, "reference_size": 2**31}),
        ("mlp", {"sample_shape": [4, 1024, 1024], "hidden": [65536]}),
        ("dcgan", {"image_size": 1024, "latent_dim": 65536}),
        ("progan", {"resolution": 1024, "fmaps_base": 2**26, "fmaps_max": 65536, "latent_dim": 65536}),
    ],
)
def test_sizes_are_compared_before_memory_is_taken(name: str, claims: dict[str, Any], tmp_path: Path) -> None:
    message = refusal(written(tmp_path / "m", description(name, **claims), tensors_of(name)))
    assert re.search(rf"do not fit the generator of {name} with its settings: \S+ (has the shape|is missing)", message)


def renamed(tensors: dict[str, Tensor], old: str, new: str) -> dict[str, Tensor]:
    return {new if name == old else name: tensor for name, tensor in tensors.items()}


FIRST = "generator.layers.0.weight"
TENSORS: list[tuple[Callable[[dict[str, Tensor]], dict[str, Tensor]], str]] = [
    (lambda t: {**t, FIRST: t[FIRST].double()}, "layers.0.weight is of type F64; expected torch.float32"),
    (lambda t: {**t, FIRST: t[FIRST].to(torch.float8_e4m3fn)}, "layers.0.weight is of type F8_E4M3"),
    (lambda t: {**t, FIRST: torch.zeros(4, 3)}, r"layers.0.weight has the shape (4, 3); expected (4, 2)"),
    (lambda t: {**t, FIRST: torch.zeros(8)}, r"layers.0.weight has the shape (8,); expected (4, 2)"),
    (lambda t: {**t, FIRST: torch.full((4, 2), float("nan"))}, f"'{FIRST}' has NaN or infinity"),
    (lambda t: {**t, FIRST: torch.full((4, 2), float("-inf"))}, f"'{FIRST}' has NaN or infinity"),
    (lambda t: {**t, "generator.more": torch.zeros(1)}, "the tensor 'generator.more' belongs to none"),
    (lambda t: {**t, "critic.layers.0.weight": torch.zeros(1)}, "the tensor 'critic.layers.0.weight' belongs to none"),
    (lambda t: {**t, "a\n" * 500: torch.zeros(1)}, "the tensor 'a\\na"),
    (lambda t: renamed(t, FIRST, "generator.layers.0.w"), "layers.0.weight is missing"),
    (lambda t: {}, "layers.0.weight is missing"),
]


@pytest.mark.parametrize(("change", "message"), TENSORS)
def test_tensors_other_than_the_networks_own(
    change: Callable[[dict[str, Tensor]], dict[str, Tensor]], message: str, tmp_path: Path
) -> None:
    content = {**description("mlp"), "facts": {"variant": "gan"}}
    content["networks"]["generator"]["settings"]["batch_norm"] = None
    tensors = {
        f"generator.{key}": value for key, value in MLPGenerator(**MLP | {"batch_norm": None}).state_dict().items()
    }
    assert message in refusal(written(tmp_path / "m", content, change(tensors)))


def test_what_a_network_derives_from_its_tensors_is_checked_too(tmp_path: Path) -> None:
    tensors = tensors_of("progan") | {"generator.lod": torch.tensor(7.0)}
    assert refusal(written(tmp_path / "m", description("progan"), tensors)) == (
        "the generator's lod is 7.0; allowed: 0 to 1"
    )
    tensors = tensors_of("dcgan") | {"generator.layers.2.running_var": torch.full((128,), -1.0)}
    assert "layers.2.running_var has a negative variance" in refusal(
        written(tmp_path / "m", description("dcgan"), tensors)
    )


GOOD = description("mlp")
DESCRIPTIONS: list[tuple[object, str]] = [
    ("", "its description of the networks is not JSON"),
    ("[" * 100_000, "not JSON (nested too deeply)"),
    ('{"a":' * 2000 + "1" + "}" * 2000, "not JSON (nested too deeply)"),
    ('{"format": "saddle-2", "format": "saddle-2"}', "not JSON (the key 'format' comes twice)"),
    ('{"format": NaN}', "not JSON (NaN is no value of JSON)"),
    ('{"format": 1e999}', "not JSON (1e999 is beyond the range of numbers)"),
    ('{"format": ' + "9" * 5000 + "}", "is beyond the range of numbers"),
    ([GOOD], "its description is [{"),
    ("null", "its description is None"),
    ({}, "written in format None; this version reads 'saddle-2'"),
    ({**GOOD, "format": ["saddle-2"] * 999}, "written in format ['saddle-2', 'saddle-2'"),
    ({**GOOD, "networks": []}, "networks are []; expected an object"),
    ({**GOOD, "facts": None}, "facts are None; expected an object"),
    ({**GOOD, "networks": {}}, "holds no generator, only nothing"),
    ({**GOOD, "networks": {"x" * 5000: {}}}, "holds no generator, only xxx"),
    ({**GOOD, "networks": {"generator": "mlp"}}, "the generator is 'mlp'; expected its kind and its settings"),
    ({**GOOD, "networks": {"generator": {"kind": "mlp"}}}, "expected its kind and its settings"),
    ({**GOOD, "networks": {"generator": {"kind": "gru", "settings": {}}}}, "unknown kind of network 'gru'; known: "),
    ({**GOOD, "networks": {"generator": {"kind": ["mlp"], "settings": {}}}}, "unknown kind of network ['mlp']"),
    ({**GOOD, "networks": {"generator": {"kind": "../mlp", "settings": {}}}}, "unknown kind of network '../mlp'"),
    ({**GOOD, "networks": {"generator": {"kind": "mlp", "settings": [1]}}}, "the generator's settings are [1]"),
    (
        {**GOOD, "networks": {"generator": {"kind": "classifier", "settings": {}}}},
        "classifier has no generator; it has",
    ),
    ({**GOOD, "networks": {**GOOD["networks"], "judge": GOOD["networks"]["generator"]}}, "the kind mlp has no judge"),
]


@pytest.mark.parametrize(("content", "message"), DESCRIPTIONS)
def test_a_description_that_somebody_edited(content: object, message: str, tmp_path: Path) -> None:
    assert message in refusal(written(tmp_path / "m", content, tensors_of("mlp")))


ENTRY = b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
HEADERS: list[tuple[bytes, bytes, str]] = [
    (b"{" + ENTRY + b"," + ENTRY + b"}", b"\0" * 4, "the key 'a' comes twice"),
    (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99]}}', b"\0" * 4, "not a safetensors model file"),
    (b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}', b"\0" * 4, "not a safetensors model file"),
    (b"[" * 100_000, b"", "nested too deeply"),
    (b"[]", b"", "not a safetensors model file"),
    (b'{"__metadata__":null}', b"", "not a model written by this pipeline"),
    (b'{"__metadata__":{"saddle":1}}', b"", "not a safetensors model file"),
    (b"{}", b"more", "not a safetensors model file"),
    (b"{" + b" " * MOST_HEADER + b"}", b"", "its header claims 1,048,578 bytes; allowed: up to 1,048,576"),
]


@pytest.mark.parametrize(("header", "data", "message"), HEADERS)
def test_a_header_that_somebody_made_up(header: bytes, data: bytes, message: str, tmp_path: Path) -> None:
    assert message in refusal(raw(tmp_path / "m", header, data))


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "not a file, so no model file"
    os.mkfifo(tmp_path / "fifo")
    assert refusal(tmp_path / "fifo") == "not a file, so no model file"
    assert refusal(tmp_path / "none").startswith("no such model file")
    (tmp_path / "huge").write_bytes(b"\xff" * 8)
    assert "its header claims 18,446,744,073,709,551,615 bytes" in refusal(tmp_path / "huge")


def test_a_generator_of_something_else_than_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "m", description("dcgan"), tensors_of("dcgan"))
    load_model(path, ("generator",), sample_shape=(1, 16, 16))
    with pytest.raises(UserError, match=r"its generator draws samples of shape \(1, 16, 16\); expected \(2,\)"):
        load_model(path, ("generator",), sample_shape=(2,))


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        "D(x)",
        {"name": "D(x)", "is_probability": 1, "equilibrium": None},
        {"name": "a\nb", "is_probability": True, "equilibrium": None},
        {"name": "D(x)", "is_probability": True, "equilibrium": float("nan")},
        {"name": "D(x)", "is_probability": True, "equilibrium": True},
        {"name": "D(x)", "is_probability": True},
    ],
)
def test_facts_that_describe_no_score(facts: object) -> None:
    with pytest.raises(UserError, match=r"m.safetensors: its score is .*; expected name, is_probability and equili"):
        Score.of_facts(facts, "m.safetensors")
