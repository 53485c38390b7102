"""What a change does to a face: known landmarks, known light, and images that show no face."""

import math

import numpy as np
import pytest
import torch
from conftest import ROOT

from saddle.metrics.faces.attributes import (
    ATTRIBUTES,
    CHIN,
    LIGHTS,
    LOWER_LIP,
    MEAN_SHAPE,
    MIRRORED,
    NOSE,
    POSES,
    eye_distance,
    is_face,
    measure_lights,
    measure_poses,
    mirrored,
)
from saddle.metrics.faces.judge import FaceJudge, load_networks

NAMES = [attribute.name for attribute in ATTRIBUTES]
IMAGES = np.load(ROOT / "tests/vectors/faceapi_1.7.15.npz")["images"]


def poses(shape):
    return dict(zip([pose.name for pose in POSES], measure_poses(shape[None])[0], strict=True))


def moved(landmark, x=0.0, y=0.0):
    shape = MEAN_SHAPE.copy()
    shape[landmark] += [x, y]
    return shape


def transformed(shape, degrees=0.0, scale=1.0, shift=(0.0, 0.0)):
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (shape - 0.5) @ np.array([[cosine, sine], [-sine, cosine]]) * scale + 0.5 + shift


def test_a_symmetric_face_looks_straight_ahead():
    np.testing.assert_allclose(mirrored(MEAN_SHAPE[None])[0], MEAN_SHAPE, atol=1e-9)
    assert poses(MEAN_SHAPE)["turn"] == pytest.approx(0, abs=1e-9)
    assert sorted(MIRRORED) == list(range(68))
    assert (MIRRORED[MIRRORED] == np.arange(68)).all()


def test_a_nose_to_the_right_is_a_turn_to_the_right_in_shares_of_the_eyes_distance():
    distance = eye_distance(MEAN_SHAPE[None])[0]
    assert poses(moved(NOSE, x=0.1 * distance))["turn"] == pytest.approx(10)
    assert poses(mirrored(moved(NOSE, x=0.1 * distance)[None])[0])["turn"] == pytest.approx(-10)


def test_a_nose_half_way_to_the_chin_is_a_nod_of_50_percent():
    shape = MEAN_SHAPE.copy()
    eyes = shape[36, 1]
    shape[NOSE] = [0.5, (eyes + shape[CHIN, 1]) / 2]
    assert poses(shape)["nod"] == pytest.approx(50)
    assert poses(moved(NOSE, y=0.02))["nod"] > poses(MEAN_SHAPE)["nod"]


def test_a_mouth_opens_by_the_distance_of_its_lips():
    distance = eye_distance(MEAN_SHAPE[None])[0]
    opened = poses(moved(LOWER_LIP, y=0.2 * distance))["mouth"]
    assert opened - poses(MEAN_SHAPE)["mouth"] == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("change", [{"degrees": 17}, {"scale": 0.7}, {"shift": (0.1, -0.05)}])
def test_tilting_scaling_and_moving_a_head_change_nothing(change):
    shape = moved(NOSE, x=0.03, y=0.02)
    assert poses(transformed(shape, **change)) == pytest.approx(poses(shape))


def test_light_by_hand():
    image = np.zeros((1, 3, 16, 16))
    image[0, 0, :4] = 1.0  # the upper quarter is red
    image[0, :, 4:8, :2] = 0.5  # grey on the left, below it
    found = dict(zip([light.name for light in LIGHTS], measure_lights(image)[0], strict=True))
    grey = 8 * 0.5
    assert found["brightness"] == pytest.approx(100 * (64 * 0.2126 + grey) / 256)
    assert found["hair warmth"] == pytest.approx(100)
    # Two columns at each side of the upper eight lines: 16 red pixels, 8 grey ones, 8 black ones.
    assert found["background"] == pytest.approx(100 * (16 * 0.2126 + grey) / 32)


def face(shape, again=None):
    return bool(is_face(shape[None], shape[None], (shape if again is None else again)[None])[0])


def test_the_mean_shape_is_a_face_and_so_is_one_that_is_a_little_tilted():
    assert face(MEAN_SHAPE)
    assert face(transformed(MEAN_SHAPE, degrees=15, scale=0.9, shift=(0.05, 0.02)))


@pytest.mark.parametrize(
    "shape",
    [
        transformed(MEAN_SHAPE, degrees=25),
        transformed(MEAN_SHAPE, scale=0.5),
        moved(NOSE, y=-0.3),
        np.random.default_rng(0).uniform(size=(68, 2)),
    ],
)
def test_landmarks_that_form_no_face_are_refused(shape):
    assert not face(shape)


def test_what_the_mirror_shows_elsewhere_is_no_face():
    unit = eye_distance(MEAN_SHAPE[None])[0]
    assert face(MEAN_SHAPE, MEAN_SHAPE + np.array([0.19 * unit, 0]))
    assert not face(MEAN_SHAPE, MEAN_SHAPE + np.array([0.21 * unit, 0]))


# With the networks

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def judge(face_files):
    return FaceJudge(load_networks(face_files, CPU))


def as_tensor(images):
    return torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1


def noise(seed, count, side=64):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_faces_are_found_and_noise_and_plain_colours_are_not(judge):
    plain = np.broadcast_to(noise(1, 16, 1), (16, 64, 64, 3))
    for images, faces in ((IMAGES, True), (noise(0, 16), False), (plain, False)):
        seen = judge.changes(as_tensor(images), as_tensor(images))
        assert (np.isfinite(seen).all(1) == faces).all()


def test_the_mirror_changes_the_sign_of_a_turn_and_nothing_else_of_the_pose(judge):
    images = as_tensor(IMAGES[:6])
    changes = judge.changes(images, images.flip(3))
    there_and_back = judge.changes(images.flip(3), images)
    turn, nod, mouth = changes[:, :3].T
    assert np.abs(turn).max() > 10
    np.testing.assert_allclose(there_and_back[:, :9], -changes[:, :9], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(np.column_stack([nod, mouth]), 0, atol=1e-2)
    np.testing.assert_allclose(changes[:, NAMES.index("brightness")], 0, atol=1e-4)


def test_a_pair_without_a_face_is_left_out_and_changes_no_other(judge):
    images = as_tensor(IMAGES[:3])
    stops = images.flip(0)
    expected = judge.changes(images, stops)
    stops[1] = as_tensor(noise(3, 1, 112))[0]
    found = judge.changes(images, stops)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[[0, 2]], expected[[0, 2]], atol=1e-4)


def test_another_person_is_told_from_the_same_one(judge):
    images = as_tensor(IMAGES)
    identity = NAMES.index("identity")
    # The distances are in the vectors: between the first two 0.63, between the second and the fifth 0.41.
    found = judge.changes(images[[0, 1]], images[[1, 4]])[:, identity]
    assert found.tolist() == [1.0, 0.0]


def test_the_crop_is_what_is_judged(judge):
    images = as_tensor(IMAGES[:2])
    framed = torch.nn.functional.pad(images, (56, 56, 56, 56), value=0.3)
    cropped = FaceJudge(judge.networks, (0.25, 0.25, 0.75, 0.75))
    np.testing.assert_allclose(
        cropped.changes(framed[:1], framed[1:]), judge.changes(images[:1], images[1:]), atol=1e-4
    )
