"""What can be measured of a face: how it is turned, its expression, its apparent age and gender, its light.

Most of it needs the 68 landmarks of a face; `is_face` says whether landmarks form one at all.
"""

import numpy as np
from numpy.typing import NDArray

from saddle.metrics.shared.attributes import Attribute

POSES = (
    Attribute(
        "turn",
        "%",
        "where the nose points, to the right of the picture positive",
        ("turns the head right", "turns the head left"),
    ),
    Attribute("nod", "%", "how far down the face looks", ("lowers the head", "raises the head")),
    Attribute(
        "mouth",
        "%",
        "how far it is open, in shares of the distance between the eyes",
        ("opens the mouth", "closes the mouth"),
    ),
)
IMPRESSIONS = (
    Attribute("smile", "%", "probability that a classifier sees a happy face", ("smiles more", "smiles less")),
    Attribute("apparent age", "years", "the age that a network sees", ("looks older", "looks younger")),
    Attribute(
        "apparent woman",
        "%",
        "probability that a classifier sees a woman and not a man",
        ("looks more feminine", "looks more masculine"),
    ),
)
LIGHTS = (
    Attribute("brightness", "%", "mean luma of the image", ("brighter picture", "darker picture")),
    Attribute("hair warmth", "%", "red less blue in the upper quarter of the image", ("warmer hair", "cooler hair")),
    Attribute(
        "background",
        "%",
        "mean luma of the left and right eighths of the image's upper half",
        ("brighter background", "darker background"),
    ),
)
IDENTITY = Attribute(
    "identity",
    "changes",
    "how often the recognition network sees another person at the end",
    ("another person",),
)
ATTRIBUTES = (*POSES, *IMPRESSIONS, *LIGHTS, IDENTITY)

# Rec. 709: how much red, green and blue add to luma.
LUMA = np.array([0.2126, 0.7152, 0.0722])

# Landmarks by their places in the list of 68 (Sagonas et al. 2013): outer corners of the eyes, tip of the nose, chin,
# and the middles of the upper and of the lower lip's inner edge. Left and right are those of the picture.
LEFT_EYE, RIGHT_EYE, NOSE, CHIN, UPPER_LIP, LOWER_LIP = 36, 45, 30, 8, 62, 66

# fmt: off
# Which landmark each one becomes if the picture is mirrored.
MIRRORED = np.array([
    16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29,
    30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58,
    57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])

# The median over 1,000 samples of the public generator gan_face_generate, made symmetric; shares of the side.
MEAN_SHAPE = np.array([
    (0.127, 0.430), (0.135, 0.526), (0.159, 0.615), (0.181, 0.694), (0.217, 0.777), (0.265, 0.845),
    (0.320, 0.892), (0.391, 0.943), (0.500, 0.974), (0.609, 0.943), (0.680, 0.892), (0.735, 0.845),
    (0.783, 0.777), (0.819, 0.694), (0.841, 0.615), (0.865, 0.526), (0.873, 0.430), (0.207, 0.364),
    (0.255, 0.335), (0.313, 0.327), (0.366, 0.334), (0.412, 0.347), (0.588, 0.347), (0.634, 0.334),
    (0.687, 0.327), (0.745, 0.335), (0.793, 0.364), (0.500, 0.464), (0.500, 0.532), (0.500, 0.592),
    (0.500, 0.648), (0.442, 0.680), (0.467, 0.689), (0.500, 0.699), (0.533, 0.689), (0.558, 0.680),
    (0.284, 0.443), (0.318, 0.433), (0.365, 0.432), (0.406, 0.454), (0.370, 0.467), (0.320, 0.467),
    (0.594, 0.454), (0.635, 0.432), (0.682, 0.433), (0.716, 0.443), (0.680, 0.467), (0.630, 0.467),
    (0.376, 0.789), (0.418, 0.773), (0.473, 0.758), (0.500, 0.763), (0.527, 0.758), (0.582, 0.773),
    (0.624, 0.789), (0.582, 0.833), (0.542, 0.856), (0.500, 0.863), (0.458, 0.856), (0.418, 0.833),
    (0.385, 0.790), (0.461, 0.787), (0.500, 0.788), (0.539, 0.787), (0.615, 0.790), (0.538, 0.814),
    (0.500, 0.819), (0.462, 0.814),
])
# fmt: on

# Set between faces and pictures of none. With the rules of `faces.judge` on contrast and roughness, 7 of 100
# samples of the public generator are refused (300 measured; mostly faces that are covered, dark or hardly drawn). Of
# 100 pictures each these are taken for a face: none of plain colours, none of noise, 2 of random blobs, 17 of faces
# upside down.
MOST_RESIDUAL, LEAST_EYES, MOST_TILT, MOST_MIRRORED = 0.17, 0.25, 20.0, 0.2


def measure_poses(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """The three `POSES` of landmarks (n, 68, 2), x to the right and y down in any one unit: (n, 3), in percent.

    The axis e leads from the outer corner of the left eye l to that of the right one r, |e| = 1, and d is orthogonal
    to it, down. So a tilt of the head changes nothing. Left and right are those of the picture.

    - turn: 100 ((nose - (l + r) / 2) . e) / |r - l|. The tip of the nose moves to the side that the face turns to. In
      the mirror the sign changes.
    - nod: 100 ((nose - l) . d) / ((chin - l) . d). As a face looks down, the tip of the nose comes nearer to the chin.
    - mouth: 100 |lower lip - upper lip| / |r - l|, between the inner edges.
    """
    left, right, nose = landmarks[:, LEFT_EYE], landmarks[:, RIGHT_EYE], landmarks[:, NOSE]
    distance = eye_distance(landmarks)
    across = (right - left) / distance[:, None]
    down = np.stack([-across[:, 1], across[:, 0]], 1)
    turn = _along(nose - (left + right) / 2, across) / distance
    nod = _along(nose - left, down) / _along(landmarks[:, CHIN] - left, down)
    mouth = np.linalg.norm(landmarks[:, LOWER_LIP] - landmarks[:, UPPER_LIP], axis=1) / distance
    return 100 * np.column_stack([turn, nod, mouth])


def measure_lights(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """The three `LIGHTS` of RGB images (n, 3, h, w) in [0, 1]: (n, 3), in percent of the full range.

    Luma is 0.2126 R + 0.7152 G + 0.0722 B (Rec. 709, of the values as they are). Where parts are not whole numbers of
    pixels they are rounded down, but have at least one.

    - brightness: the mean luma of all pixels.
    - hair warmth: the mean of R - B over the upper quarter; blond and red hair have more of it than black and grey.
    - background: the mean luma of the left and right eighths of the upper half, where a face in the middle leaves room.
    """
    height, width = images.shape[-2:]
    luma = luma_of(images)
    hair = images[:, :, : max(height // 4, 1)]
    side = max(width // 8, 1)
    upper = luma[:, : max(height // 2, 1)]
    background = np.concatenate([upper[:, :, :side], upper[:, :, -side:]], 2)
    warmth = (hair[:, 0] - hair[:, 2]).mean((1, 2))
    return 100 * np.column_stack([luma.mean((1, 2)), warmth, background.mean((1, 2))])


def luma_of(images: NDArray[np.floating]) -> NDArray[np.floating]:
    """The luma (n, h, w) of RGB images (n, 3, h, w)."""
    return np.asarray(np.einsum("c,nchw->nhw", LUMA, images))


def _along(vectors: NDArray[np.floating], axes: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray((vectors * axes).sum(1))


def mirrored(landmarks: NDArray[np.floating]) -> NDArray[np.floating]:
    """The landmarks (n, 68, 2) of the mirrored picture, in shares of its side."""
    flipped = landmarks[:, MIRRORED].copy()
    flipped[..., 0] = 1 - flipped[..., 0]
    return flipped


def eye_distance(landmarks: NDArray[np.floating]) -> NDArray[np.floating]:
    """The distance between the outer corners of the eyes, (n,), in the unit of `landmarks` (n, 68, 2)."""
    return np.asarray(np.linalg.norm(landmarks[:, RIGHT_EYE] - landmarks[:, LEFT_EYE], axis=1))


def is_face(
    landmarks: NDArray[np.floating], seen: NDArray[np.floating], again: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Whether landmarks (n, 68, 2), in shares of the side, form a face, (n,).

    The network names landmarks in every picture, so they are believed only if all of these hold.

    - Turned, scaled and moved onto `MEAN_SHAPE` as well as can be, they differ from it by at most 0.17 of its distance
      between the eyes (root mean square; Gower 1975, generalized Procrustes analysis).
    - That turn is at most 20 degrees.
    - The outer corners of the eyes are at least 0.25 of the side apart, the left one left of the right one, and the tip
      of the nose lies between their height and that of the chin.
    - seen and again, both (n, 68, 2), differ by at most 0.2 of the mean shape's distance between the eyes (root mean
      square). They are the landmarks found in the picture, and those found in the mirrored picture, mirrored back. What
      is no face is seen otherwise in the mirror.
    """
    unit = eye_distance(MEAN_SHAPE[None])[0]
    residual, tilt = _fitted(landmarks)
    apart = np.sqrt(((seen - again) ** 2).sum(2).mean(1)) / unit
    eyes = landmarks[:, [LEFT_EYE, RIGHT_EYE]]
    nose, chin = landmarks[:, NOSE, 1], landmarks[:, CHIN, 1]
    in_order = (eyes[:, 0, 0] < eyes[:, 1, 0]) & (eyes[..., 1].mean(1) < nose) & (nose < chin)
    return np.asarray(
        (residual / unit <= MOST_RESIDUAL)
        & (np.abs(tilt) <= MOST_TILT)
        & (eye_distance(landmarks) >= LEAST_EYES)
        & in_order
        & (apart <= MOST_MIRRORED)
    )


def _fitted(landmarks: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """How far landmarks fitted to the mean shape are from it, in shares of the side, and the turn in degrees, (n,)."""
    complex_shape = _centred(MEAN_SHAPE[None])
    found = _centred(landmarks)
    # As complex numbers, the best turn and scale is one factor, that of least squares.
    factor = (found.conj() * complex_shape).sum(1) / np.maximum((abs(found) ** 2).sum(1), np.finfo(float).tiny)
    residual = np.sqrt((abs(factor[:, None] * found - complex_shape) ** 2).mean(1))
    return residual, np.degrees(np.angle(factor))


def _centred(landmarks: NDArray[np.floating]) -> NDArray[np.complexfloating]:
    points = landmarks[..., 0] + 1j * landmarks[..., 1]
    return np.asarray(points - points.mean(1, keepdims=True))
