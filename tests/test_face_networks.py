"""The face networks against what the original ones say of the same images, and manifests that are not sound."""

import json

import numpy as np
import pytest
import torch
from conftest import ROOT

from saddle.errors import UserError
from saddle.metrics.faces.layers import max_pool, normalized, same_border
from saddle.metrics.faces.networks import (
    AgeGenderNetwork,
    ExpressionNetwork,
    FaceNetwork,
    LandmarkNetwork,
    RecognitionNetwork,
    load_network,
)

VECTORS = np.load(ROOT / "tests/vectors/faceapi_1.7.15.npz")
# How far each output may be from the original's: years, probabilities, shares of the side, parts of a distance of 0.6.
TOLERANCES = {"age": 1e-2, "gender": 1e-3, "landmarks": 1e-3, "expression": 1e-3, "descriptor": 1e-3}


def outputs(folder, images):
    """What all networks say of `images` (n, h, w, 3) in bytes."""
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        (age, gender), landmarks, expression, descriptor = (
            load_network(kind, folder)(normalized(pixels, kind.side))
            for kind in (AgeGenderNetwork, LandmarkNetwork, ExpressionNetwork, RecognitionNetwork)
        )
    return {
        "age": age,
        "gender": gender,
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


# Weights


class Small(FaceNetwork):
    name = "net"


STEPS = {"dtype": "uint8", "scale": 0.5, "min": -1.0}
ENTRIES = [
    {"name": "a/weights", "shape": [2, 1], "dtype": "float32", "quantization": STEPS},
    {"name": "a/bias", "shape": [1], "dtype": "float32"},
]
# Two bytes, and a number of four bytes.
CONTENT = bytes([0, 4]) + np.array([1.5], "<f4").tobytes()


def write(folder, entries=ENTRIES, content=CONTENT):
    manifest = entries if isinstance(entries, str) else json.dumps([{"paths": ["net.bin"], "weights": entries}])
    (folder / "net-weights_manifest.json").write_text(manifest)
    (folder / "net.bin").write_bytes(content)


def test_a_byte_stands_for_a_step_and_a_float_for_itself(tmp_path):
    write(tmp_path)
    layer = load_network(Small, tmp_path).weights["a"]
    assert layer["weights"].tolist() == [[-1.0], [1.0]]
    assert layer["bias"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("entries", "content"),
    [
        ("<html>404</html>", CONTENT),
        (ENTRIES, CONTENT[:5]),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, entries, content):
    write(tmp_path, entries, content)
    with pytest.raises(UserError, match=r"net-weights_manifest.json: not the published weights of net, or net\.bin is"):
        load_network(Small, tmp_path)
