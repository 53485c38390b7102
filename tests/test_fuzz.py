"""Whatever a file holds, its reader gives something valid or one line that says why not; hypothesis makes the files."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save

from saddle.config import Settings, settings_of
from saddle.core.model_file import Model, load_model, save_model
from saddle.errors import UserError
from saddle.files import read_arrays, read_object, read_table, write_arrays
from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator
from saddle.npz import Layout
from saddle.yaml_text import YamlError, parse_yaml

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PARAMS = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text())
PATH = Path("file")

Fuzzed = Callable[[Callable[..., None]], Callable[..., None]]


def examples(count: int) -> Fuzzed:
    """The same examples each time, however long the machine takes."""
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(deadline=None, derandomize=True, max_examples=count, database=None, suppress_health_check=quiet)


def read(reader: Callable[[], Any], kind: type | tuple[type, ...]) -> Any:
    """What `reader` gives, or None where it refuses in one short line."""
    try:
        content = reader()
    except UserError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 600
        return None
    assert isinstance(content, kind)
    return content


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.integers(-2, 70_000)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["relu", "mlp", "$\\frac{$", "x" * 100_000, -0.0, 1e-320])
)
KEYS = st.text(max_size=8) | st.integers() | st.none() | st.booleans() | st.floats()
YAML_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def edit(draw: st.DrawFn, content: Any, values: st.SearchStrategy[Any], keys: st.SearchStrategy[Any]) -> Any:
    """`content` with something in it changed, removed or added."""
    if not isinstance(content, dict | list) or not content or draw(st.integers(0, 5)) == 0:
        return draw(values)
    if isinstance(content, list):
        at = draw(st.integers(0, len(content) - 1))
        return [edit(draw, part, values, keys) if index == at else part for index, part in enumerate(content)]
    key = draw(st.sampled_from(list(content)))
    change = draw(st.integers(0, 9))
    if change == 0:
        return {other: part for other, part in content.items() if other != key}
    if change == 1:
        return {**content, draw(keys): draw(values)}
    return {**content, key: edit(draw, content[key], values, keys)}


@examples(250)
@given(st.data())
def test_settings(data: st.DataObject) -> None:
    content = copy.deepcopy(PARAMS)
    for _ in range(data.draw(st.integers(1, 2))):
        content = edit(data.draw, content, YAML_VALUES, KEYS)
    read(lambda: settings_of(content, PATH), Settings)


@examples(200)
@given(st.text(alphabet="ab01.e-:#&*!|>%@`\"'[]{},\\?~ \t\n\x00\x85\u2028", max_size=60) | st.text(max_size=40))
def test_text_of_yaml(text: str) -> None:
    try:
        parse_yaml(text)
    except YamlError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 300


LAYERS: dict[str, Any] = {"hidden": [4, 3], "batch_norm": {"eps": 0.8, "statistics": "batch"}}
NETWORKS = {
    "generator": MLPGenerator(latent_dim=2, sample_shape=(2,), reference_size=3, **LAYERS),
    "discriminator": MLPDiscriminator(sample_shape=(2,), hidden=[3]),
}
TENSORS = {f"{role}.{name}": value for role, made in NETWORKS.items() for name, value in made.state_dict().items()}
DESCRIPTION = {
    "format": "saddle-2",
    "facts": {"variant": "gan"},
    "networks": {role: {"kind": made.kind, "settings": made.settings} for role, made in NETWORKS.items()},
}


def usable(model: Model | None) -> None:
    """A model that was read can be used: sizes, types and numbers are what they should be."""
    if model is not None:
        samples = model["generator"].sample(torch.zeros(2, model["generator"].latent_dim))
        assert samples.shape == (2, *model["generator"].sample_shape)


@examples(80)
@given(st.data())
def test_descriptions_in_model_files(tmp_path: Path, data: st.DataObject) -> None:
    content = edit(data.draw, DESCRIPTION, JSON_VALUES, st.text(max_size=8))
    path = tmp_path / "m"
    path.write_bytes(save(TENSORS, {"saddle": json.dumps(content)}))
    usable(read(lambda: load_model(path, ("generator",)), Model))


def changed(draw: st.DrawFn, whole: bytes, within: int) -> bytes:
    """`whole` with a few of its first `within` bytes changed, and perhaps cut off or longer."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, within - 1))] = draw(st.integers(0, 255))
    end = draw(st.sampled_from([len(content)] * 4 + [draw(st.integers(0, len(content)))]))
    return bytes(content[:end]) + draw(st.sampled_from([b"", b"", b"", b"\0more"]))


@examples(150)
@given(st.data())
def test_bytes_of_model_files(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "m"
    save_model(path, NETWORKS, {})
    whole = path.read_bytes()
    path.write_bytes(changed(data.draw, whole, len(whole)))
    usable(read(lambda: load_model(path, ("generator",)), Model))


@examples(300)
@given(st.data())
def test_bytes_of_arrays(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"epoch": np.arange(3.0), "step": np.arange(3), "name": np.array("D(x)")})
    path.write_bytes(changed(data.draw, path.read_bytes(), path.stat().st_size))
    layouts = {"epoch": Layout(("time",)), "step": Layout(("time",), "count"), "name": Layout((), "text")}
    arrays = read(lambda: read_arrays(path, layouts), dict)
    if arrays is not None:
        assert np.isfinite(arrays["epoch"]).all()
        assert len(arrays["epoch"]) == len(arrays["step"])


@examples(200)
@given(st.data())
def test_metrics_and_tables(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a"
    path.write_bytes(changed(data.draw, b'{"w2": 0.25, "runs": [1, null, 2.5e-3], "name": "a\\u00e9"}', 40))
    read(lambda: read_object(path), dict)
    path.write_bytes(changed(data.draw, b'epoch,w2,name\n0,0.5,"a"\n1,0.25,b\n2,1e-3,c\n', 40))
    table = read(lambda: read_table(path, {"epoch": "count", "w2": "float", "name": "text"}), object)
    if table is not None:
        assert np.isfinite(table["w2"].to_numpy(float)).all()
