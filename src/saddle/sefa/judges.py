"""What measures the meaning of directions: of faces and avatars networks, of handwritten digits what is here.

Of a digit that is the shape of its strokes, in pixels and degrees, and which digit a classifier sees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from saddle.core.model_file import load_model
from saddle.metrics.faces.judge import NETWORKS, WHOLE, FaceJudge, load_networks
from saddle.metrics.shared.attributes import Attribute, Judge
from saddle.sefa.truth import AttributeJudge

DIGITS = "mnist"  # the data set, as model files name it
MNIST_SIDE = 28
# An image with less ink than one pixel of MNIST shows nothing that has a shape.
LEAST_INK = 1.0
# Images are enlarged so many times before thickness is measured. Strokes are about 2.5 pixels wide, too few to find
# their borders to a whole pixel.
FINER = 2

SHAPES = (
    Attribute("thickness", "px", "width of the strokes", ("thicker strokes", "thinner strokes")),
    Attribute("slant", "degrees", "lean of the digit, to the right positive", ("leans right", "leans left")),
    Attribute("width", "px", "extent across once the slant is undone", ("wider", "narrower")),
    Attribute("height", "px", "extent down", ("taller", "shorter")),
    Attribute("ink", "px", "sum of the intensities; a full pixel counts 1", ("more ink", "less ink")),
)
IDENTITY = Attribute(
    "digit identity",
    "changes",
    "how often the classifier sees another digit at the end",
    ("another digit",),
)
ATTRIBUTES = (*SHAPES, IDENTITY)

# Images (n, 1, height, width) -> logits (n, classes).
Classifier = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class DigitJudge:
    """Sees what a change does to a digit; classifier: on the device of the images, tells the digits apart."""

    classifier: Classifier
    attributes: ClassVar[tuple[Attribute, ...]] = ATTRIBUTES
    subject: ClassVar[str] = "digits"
    channels: ClassVar[int] = 1
    note: ClassVar[str] = "Lengths are in pixels of a 28 × 28 image."
    failure: ClassVar[str] = "nearly all images are blank"

    def changes(self, starts: Tensor, stops: Tensor) -> NDArray[np.float64]:
        """How much each attribute differs from start to stop, (n, attributes).

        starts, stops: images (n, 1, side, side) of the same samples, in about [-1, 1], 1 being ink. Of the digit's
        identity the difference is 1 if the class has changed, else 0. Of a blank image only the ink is known; the rest
        is NaN.
        """
        images = torch.stack([starts, stops], 1).flatten(0, 1)
        with torch.no_grad():
            classes = self.classifier(images).argmax(1).cpu().numpy()
        shapes = measure_shapes(images[:, 0].float().cpu().clamp(-1, 1).add(1).div(2).numpy())
        return np.column_stack([shapes[1::2] - shapes[::2], classes[1::2] != classes[::2]])


def measure_shapes(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """The five `SHAPES` of images (n, side, side) with intensities in [0, 1], 1 being ink: (n, 5).

    The unit is a pixel of MNIST, of which an image has 28 a side; images of other sizes are scaled to it. So
    generators of different sizes can be compared.

    - thickness: 4 times the mean distance from points inside the strokes to the border. In a long bar of width t
      these distances are spread evenly from 0 to t / 2, so their mean is t / 4. A point is inside if its intensity
      exceeds half of the image's largest. All strokes of less than two pixels count as about two.
    - slant: atan(-m_11 / m_02) in degrees, the angle of the shear that sets the digit upright. The m_ij are central
      moments with x to the right and y down. They are weighted by the intensity, mapped so that a quarter of the
      image's largest and less is 0, three quarters and more is 1, and it rises linearly between. Without that, a grey
      background would weigh as much as the digit.
    - width: sqrt(12 (m_20 - m_11^2 / m_02)), and height: sqrt(12 m_02). These are the sides of a uniform upright bar
      whose moments are those of the digit after its slant is undone.
    - ink: the sum of the intensities.

    So a paler image has less ink and otherwise the same shape. Of a blank image only the ink is measured, and the rest
    is NaN. If all ink is in one row, m_02 is 0, and slant, width and height are NaN.
    """
    scale = MNIST_SIDE / images.shape[-1]
    values = np.asarray(images, np.float64)
    ink = values.sum((1, 2)) * scale**2
    relative = values / np.where(ink >= LEAST_INK, values.max((1, 2)), np.nan)[:, None, None]
    weights = np.clip(2 * relative - 0.5, 0, 1)
    weights /= weights.sum((1, 2), keepdims=True)
    places = (np.arange(images.shape[-1]) + 0.5) * scale
    x, y = places[None, None, :], places[None, :, None]
    x = x - (weights * x).sum((1, 2), keepdims=True)
    y = y - (weights * y).sum((1, 2), keepdims=True)
    m20, m11, m02 = ((weights * product).sum((1, 2)) for product in (x * x, x * y, y * y))
    m02 = np.where(m02 > 0, m02, np.nan)
    shear = -m11 / m02
    width = np.sqrt(12 * np.maximum(m20 - shear**2 * m02, 0))
    thickness = np.where(ink >= LEAST_INK, _thickness(values) * scale, np.nan)
    return np.column_stack([thickness, np.degrees(np.arctan(shear)), width, np.sqrt(12 * m02), ink])


def _thickness(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """The strokes' thickness (n,), in pixels of `images` (n, side, side); 0 for a blank image."""
    finer = ndimage.zoom(images, (1, FINER, FINER), order=1, grid_mode=True, mode="nearest")
    inside = finer > finer.max((1, 2), keepdims=True) / 2
    bordered = np.pad(inside, ((0, 0), (1, 1), (1, 1)))
    distances = np.stack([ndimage.distance_transform_edt(image) for image in bordered])
    # SciPy measures to the centre of the next pixel outside; the border is half a pixel before it.
    depth = np.where(bordered, distances - 0.5, 0).sum((1, 2))
    return np.asarray(4 * depth / np.maximum(inside.sum((1, 2)), 1) / FINER)


def read_judge(
    path: str | Path, crop: Sequence[float] | None, dataset: str | None, device: torch.device
) -> Judge | str:
    """What measures images, on `device`; or a sentence that says why there is none.

    path: the file of a classifier of digits or of a reader of attributes, or the folder of the face networks. crop: the
    part of an image that these are given; None for all. dataset: what the generator was trained on, None if it does not
    say. Raises `UserError` if a file is there and cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        missing = [kind.name for kind in NETWORKS if not (path / f"{kind.name}.bin").is_file()]
        if missing:
            return f"The meaning is not measured: {path} has no {', no '.join(missing)} (dvc repro -f fetch_faces)."
        left, top, right, bottom = crop or WHOLE
        return FaceJudge(load_networks(path, device), (left, top, right, bottom))
    model = load_model(path, (), device)
    if "reader" in model.networks:
        known = model.facts.get("dataset")
        if dataset != known:
            return f"The meaning is not measured: {path} reads {known}; this generator draws something else."
        return AttributeJudge(model["reader"])
    if dataset != DIGITS:
        return "The meaning is measured on handwritten digits only; this generator draws something else."
    return DigitJudge(load_model(path, ("classifier",), device)["classifier"])
