"""The face networks against what the original ones say of the same images, and manifests that are not sound."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT

from saddle.errors import UserError
from saddle.faces.dense import ExpressionNetwork, LandmarkNetwork
from saddle.faces.inputs import normalized, resized, squared
from saddle.faces.layers import max_pool, same_border
from saddle.faces.loading import load_network
from saddle.faces.manifest import LARGEST_MANIFEST, read_weights
from saddle.faces.recognition import RecognitionNetwork
from saddle.faces.xception import AgeGenderNetwork

VECTORS = np.load(ROOT / "tests/vectors/faceapi_1.7.15.npz")
# How far each output may be from the original's: years, probabilities, shares of the side, parts of a distance of 0.6.
TOLERANCES = {"age": 1e-2, "gender": 1e-3, "landmarks": 1e-3, "expression": 1e-3, "descriptor": 1e-3}


def outputs(folder, images):
    """What all networks say of `images` (n, h, w, 3) in bytes."""
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        person, landmarks, expression, descriptor = (
            load_network(kind, folder)(normalized(pixels, kind.side))
            for kind in (AgeGenderNetwork, LandmarkNetwork, ExpressionNetwork, RecognitionNetwork)
        )
    return {
        "age": person.age,
        "gender": person.gender,
        "landmarks": landmarks.flatten(1),
        "expression": expression,
        "descriptor": descriptor,
    }


def test_the_networks_say_what_the_original_ones_say(face_files):
    for name, found in outputs(face_files, VECTORS["images"]).items():
        np.testing.assert_allclose(found, VECTORS[name], rtol=0, atol=TOLERANCES[name], err_msg=name)


@pytest.mark.parametrize("image", ["small", "narrow"])
def test_images_of_other_sizes_are_resized_and_made_square_as_the_original_ones_do(face_files, image):
    # The narrow one is a part of one of the twelve, 112 pixels high and 81 wide.
    pixels = VECTORS["small"] if image == "small" else VECTORS["images"][9][:, 15:96]
    found = outputs(face_files, pixels[None])
    for name in TOLERANCES:
        if f"{image}_{name}" in VECTORS:
            expected = VECTORS[f"{image}_{name}"].ravel()
            np.testing.assert_allclose(found[name].ravel(), expected, rtol=0, atol=TOLERANCES[name], err_msg=name)


def test_borders_are_those_of_tensorflow():
    assert [same_border(side, 3, 2) for side in (112, 55, 7)] == [(0, 1), (1, 1), (1, 1)]
    assert same_border(9, 3, 1) == (1, 1)
    assert same_border(112, 1, 2) == (0, 0)
    # The border of a pooling never wins, even over negative numbers.
    assert max_pool(torch.full((1, 1, 4, 4), -5.0)).tolist() == [[[[-5.0, -5.0], [-5.0, -5.0]]]]


def test_resizing_keeps_the_first_pixel_in_its_place():
    ramp = torch.tensor([0.0, 10.0]).expand(1, 1, 2, 2)
    assert resized(ramp, 4)[0, 0, 0].tolist() == [0.0, 5.0, 10.0, 10.0]
    assert resized(torch.arange(4.0).expand(1, 1, 4, 4), 2)[0, 0, 0].tolist() == [0.0, 2.0]


def test_squares_have_black_borders_of_which_the_first_is_the_smaller():
    narrow = squared(torch.ones(1, 3, 5, 2))
    assert narrow.shape == (1, 3, 5, 5)
    assert narrow[0, 0, 0].tolist() == [0.0, 1.0, 1.0, 0.0, 0.0]
    assert squared(torch.ones(1, 3, 2, 4)).shape == (1, 3, 4, 4)


# Manifests

QUANTIZED = {"name": "a/filters", "shape": [1, 2], "dtype": "float32"}
STEPS = {"dtype": "uint8", "scale": 0.5, "min": -1.0}
# Two bytes, and two numbers of four bytes.
CONTENT = bytes([0, 4]) + np.array([1.5, -2], "<f4").tobytes()
SHAPES = {"a/filters": (1, 2), "b": (2,)}


def write(folder, entries=None, content=CONTENT, paths=("net.bin",)):
    if entries is None:
        entries = [{**QUANTIZED, "quantization": STEPS}, {"name": "b", "shape": [2], "dtype": "float32"}]
    manifest = entries if isinstance(entries, str) else json.dumps([{"paths": list(paths), "weights": entries}])
    (folder / "net-weights_manifest.json").write_text(manifest)
    (folder / "net.bin").write_bytes(content)


def test_a_byte_stands_for_a_step_and_a_float_for_itself(tmp_path):
    write(tmp_path)
    weights = read_weights(tmp_path, "net", SHAPES)
    assert weights["a/filters"].tolist() == [[-1.0, 1.0]]
    assert weights["b"].tolist() == [1.5, -2.0]


def entries(**changes):
    return [{**QUANTIZED, "quantization": STEPS, **changes}, {"name": "b", "shape": [2], "dtype": "float32"}]


BAD = {
    "not JSON": "{",
    "nothing": "[]",
    "deep": "[" * 100_000,
    "wrong shape": entries(shape=[2, 1]),
    "huge shape": entries(shape=[2**40, 2**40]),
    "negative shape": entries(shape=[-1, -2]),
    "shape of floats": entries(shape=[1.0, 2.0]),
    "shape of truth": entries(shape=[True, 2]),
    "dtype": entries(dtype="complex64"),
    "steps of 16 bits": entries(quantization={**STEPS, "dtype": "uint16"}),
    "no scale": entries(quantization={"dtype": "uint8", "min": 0}),
    "infinite scale": entries(quantization={**STEPS, "scale": float("inf")}),
    "unknown name": entries(name="z" * 10_000),
    "twice": [*entries(), *entries()],
    "missing": entries()[:1],
    "no entry": [*entries(), 3],
    "no name": [*entries(), {"shape": [1]}],
}


@pytest.mark.parametrize("kind", list(BAD))
def test_a_manifest_that_is_not_sound_is_one_line(tmp_path, kind):
    write(tmp_path, BAD[kind])
    with pytest.raises(UserError) as caught:
        read_weights(tmp_path, "net", SHAPES)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'net-weights_manifest.json'}: ")
    assert "\n" not in message
    assert len(message) < 400 + len(str(tmp_path))


@pytest.mark.parametrize(("content", "size"), [(b"", 0), (b"123456789", 9), (b"0" * 11, 11)])
def test_a_manifest_that_promises_other_than_its_file_holds_is_refused(tmp_path, content, size):
    write(tmp_path, content=content)
    with pytest.raises(UserError, match=f"net.bin: {size} bytes; its manifest promises 10"):
        read_weights(tmp_path, "net", SHAPES)


def test_a_manifest_leads_to_no_other_file(tmp_path):
    write(tmp_path, paths=("../secret.bin",))
    with pytest.raises(UserError, match=r"names the file '../secret.bin'; expected net.bin"):
        read_weights(tmp_path, "net", SHAPES)


def test_a_manifest_of_absurd_size_is_not_read(tmp_path):
    write(tmp_path, "[" + " " * LARGEST_MANIFEST + "]")
    with pytest.raises(UserError, match="a manifest has at most"):
        read_weights(tmp_path, "net", SHAPES)


@pytest.mark.parametrize("name", ["net-weights_manifest.json", "net.bin"])
def test_a_missing_file_is_named(tmp_path, name):
    write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"{name}: no such file; fetch it first: dvc repro fetch_faces"):
        read_weights(tmp_path, "net", SHAPES)


def test_weights_of_another_network_are_refused(tmp_path, face_files):
    for ending in ("-weights_manifest.json", ".bin"):
        content = (Path(face_files) / f"face_landmark_68_model{ending}").read_bytes()
        content = content.replace(b"face_landmark_68_model", b"face_expression_model")
        (tmp_path / f"face_expression_model{ending}").write_bytes(content)
    with pytest.raises(UserError, match=r"fc/weights has shape \[256, 136\]; expected \[256, 7\]"):
        load_network(ExpressionNetwork, tmp_path)
