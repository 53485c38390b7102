"""What can be measured of a face: how it is turned, its expression, its apparent age and gender, its light."""

import numpy as np
from numpy.typing import NDArray

from saddle.faces.shape import CHIN, LEFT_EYE, LOWER_LIP, NOSE, RIGHT_EYE, UPPER_LIP, eye_distance
from saddle.metrics.shared.attributes import Attribute

POSES = (
    Attribute("turn", "%", "where the nose points, to the right of the picture positive"),
    Attribute("nod", "%", "how far down the face looks"),
    Attribute("mouth", "%", "how far it is open, in shares of the distance between the eyes"),
)
IMPRESSIONS = (
    Attribute("smile", "%", "probability that a classifier sees a happy face"),
    Attribute("apparent age", "years", "the age that a network sees"),
    Attribute("apparent woman", "%", "probability that a classifier sees a woman and not a man"),
)
LIGHTS = (
    Attribute("brightness", "%", "mean luma of the image"),
    Attribute("hair warmth", "%", "red less blue in the upper quarter of the image"),
    Attribute("background", "%", "mean luma of the left and right eighths of the image's upper half"),
)
IDENTITY = Attribute(
    "identity",
    "changes",
    "how often the recognition network sees another person at the end",
    signed=False,
    happening="another person",
)
ATTRIBUTES = (*POSES, *IMPRESSIONS, *LIGHTS, IDENTITY)

# Rec. 709: how much red, green and blue add to luma.
LUMA = np.array([0.2126, 0.7152, 0.0722])


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
