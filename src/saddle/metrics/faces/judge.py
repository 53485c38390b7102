"""Judging faces: what tells two pictures of a sample apart, as public face networks see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.errors import UserError
from saddle.metrics.faces.attributes import ATTRIBUTES, is_face, luma_of, measure_lights, measure_poses, mirrored
from saddle.metrics.faces.layers import normalized
from saddle.metrics.faces.networks import (
    EXPRESSIONS,
    SAME_PERSON,
    AgeGenderNetwork,
    ExpressionNetwork,
    FaceNetwork,
    LandmarkNetwork,
    RecognitionNetwork,
    load_network,
)
from saddle.metrics.shared.attributes import Attribute

# The part of an image that the networks are given: left, top, right and bottom, in shares of its sides.
Crop = tuple[float, float, float, float]
WHOLE: Crop = (0.0, 0.0, 1.0, 1.0)

# Images at once. What lies between two layers then stays in the processor's cache: a batch of 100 takes twice as long.
BATCH = 16
# Pixels a side that all networks take but the one that recognizes people.
SIDE = LandmarkNetwork.side
# Pixels a side. Larger images are averaged down to it, since the networks take 112 and 150 and would skip pixels.
MOST_PIXELS = 150
# Standard deviation of the luma, as a share of its range: what has less is a plain colour. The faintest of 1,000
# samples of the public generator has 0.045.
LEAST_CONTRAST = 0.02
# Mean squared difference of neighbouring pixels' luma, as a share of that of pixels far apart: 1 for noise without
# any shape, at most 0.11 in 300 samples of the public generator.
MOST_ROUGHNESS = 0.5

NETWORKS = (AgeGenderNetwork, LandmarkNetwork, ExpressionNetwork, RecognitionNetwork)
FaceNetworks = Mapping[type[FaceNetwork], Any]


def load_networks(folder: str | Path, device: torch.device) -> FaceNetworks:
    """The `NETWORKS` in `folder`, as the stage `fetch_faces` left them. Raises `UserError` as `load_network`."""
    return {kind: load_network(kind, folder, device) for kind in NETWORKS}


@dataclass(frozen=True)
class FaceJudge:
    """Sees what a change does to a face.

    networks: on the device of the images. crop: the part of an image that they are given. Raises `UserError` if that is
    not inside the image.
    """

    networks: FaceNetworks
    crop: Crop = WHOLE

    attributes: ClassVar[tuple[Attribute, ...]] = ATTRIBUTES
    subject: ClassVar[str] = "faces"
    channels: ClassVar[int] = 3
    failure: ClassVar[str] = "in nearly all pairs of images one shows no face"
    note: ClassVar[str] = (
        "Turn and mouth are in percent of the distance between the eyes, nod in percent of that from eyes to chin, "
        "light in percent of the full range. Smile, apparent age, apparent woman and another person are what networks "
        "see that were trained on photographs of people, with the errors and prejudices of their data."
    )

    def __post_init__(self) -> None:
        left, top, right, bottom = self.crop
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise UserError(
                f"crop is {list(self.crop)}; allowed: [left, top, right, bottom] in shares of the sides, from 0 to 1, "
                "left below right and top below bottom"
            )

    def changes(self, starts: Tensor, stops: Tensor) -> NDArray[np.float64]:
        """How much each attribute differs from start to stop, (n, attributes).

        starts, stops: RGB images (n, 3, side, side) of the same samples, in about [-1, 1]. Where one of the two shows
        no face, all is NaN. The identity is 1 for another person and 0 for the same.
        """
        images = self._parts(torch.stack([starts, stops], 1).flatten(0, 1))
        values = np.concatenate([self._values(part) for part in images.split(BATCH)])
        changes = values[1::2] - values[::2]
        identity = np.full(len(changes), np.nan)
        told = np.flatnonzero(np.isfinite(changes).all(1))
        if len(told):
            ends = torch.from_numpy(np.column_stack([2 * told, 2 * told + 1]).ravel()).to(images.device)
            identity[told] = self._other_person(images[ends])
        return np.column_stack([changes, identity])

    def _parts(self, images: Tensor) -> Tensor:
        """The part of each image that is judged, from 0 to 255; large ones are averaged down."""
        height, width = images.shape[-2:]
        left, top, right, bottom = self.crop
        rows = slice(round(top * height), max(round(bottom * height), round(top * height) + 1))
        columns = slice(round(left * width), max(round(right * width), round(left * width) + 1))
        parts = images[..., rows, columns].float().clamp(-1, 1).add(1).mul(127.5)
        larger = max(parts.shape[-2:]) / MOST_PIXELS
        if larger > 1:
            size = [max(round(length / larger), 1) for length in parts.shape[-2:]]
            parts = F.interpolate(parts, size=size, mode="area")
        return parts

    @torch.inference_mode()
    def _values(self, images: Tensor) -> NDArray[np.float64]:
        """All attributes of the images but the identity, NaN where there is no face."""
        ready = normalized(images, SIDE)
        # The mean of the landmarks of the picture and of its mirror image, so that both have the same ones.
        both = self.networks[LandmarkNetwork](torch.cat([ready, ready.flip(3)])).double().cpu().numpy()
        seen, again = both[: len(images)], mirrored(both[len(images) :])
        landmarks = (seen + again) / 2
        faces = is_face(landmarks, seen, again) & _has_shapes(images)
        age, gender = self.networks[AgeGenderNetwork](ready)
        happy = self.networks[ExpressionNetwork](ready)[:, EXPRESSIONS.index("happy")]
        impressions = torch.stack([100 * happy, age, 100 * gender[:, 1]], 1).double().cpu().numpy()
        lights = measure_lights(images.double().div(255).cpu().numpy())
        values = np.column_stack([measure_poses(landmarks), impressions, lights])
        return np.where(faces[:, None], values, np.nan)

    @torch.inference_mode()
    def _other_person(self, images: Tensor) -> NDArray[np.bool_]:
        """Whether each pair of images, one after the other, shows two people, (n,)."""
        side = RecognitionNetwork.side
        found = torch.cat([self.networks[RecognitionNetwork](normalized(part, side)) for part in images.split(BATCH)])
        return np.asarray((found[::2] - found[1::2]).norm(dim=1).cpu().numpy() >= SAME_PERSON)


def _has_shapes(images: Tensor) -> NDArray[np.bool_]:
    """Whether images (n, 3, h, w) from 0 to 255 are neither plain nor noise, (n,).

    Plain: the luma's standard deviation s is below 0.02 of its range. Noise: neighbours in a row differ as if they had
    nothing to do with each other, mean (difference)^2 > 0.5 * 2 s^2.
    """
    luma = luma_of(images.double().div(255).cpu().numpy())
    variance = luma.var((1, 2))
    rough = np.square(np.diff(luma, axis=2)).mean((1, 2))
    return np.asarray((variance >= LEAST_CONTRAST**2) & (rough <= MOST_ROUGHNESS * 2 * variance))
