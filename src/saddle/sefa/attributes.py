"""What can be measured of a handwritten digit: the shape of its strokes, in pixels and degrees."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MNIST_SIDE = 28
# An image with less ink than one pixel of MNIST shows nothing that has a shape.
LEAST_INK = 1.0
# Strokes are about 2.5 pixels wide, so their borders are found to half a pixel.
FINER = 2


class Attribute(NamedTuple):
    """One column of the table: its name, its unit, what it says. `signed`: it can change either way."""

    name: str
    unit: str
    description: str
    signed: bool = True


SHAPES = (
    Attribute("thickness", "px", "width of the strokes"),
    Attribute("slant", "degrees", "lean of the digit, to the right positive"),
    Attribute("width", "px", "extent across once the slant is undone"),
    Attribute("height", "px", "extent down"),
    Attribute("ink", "px", "sum of the intensities; a full pixel counts 1"),
)
IDENTITY = Attribute(
    "digit identity", "changes", "how often the classifier sees another digit at the end", signed=False
)
ATTRIBUTES = (*SHAPES, IDENTITY)


def measure_shapes(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """The five `SHAPES` of images (n, side, side) with intensities in [0, 1], 1 being ink: (n, 5).

    Lengths are in pixels of an MNIST image, 28 a side, whatever the side is here, and ink in such pixels, so
    that generators of different sizes compare.

    - thickness: 4 times the mean distance from the inside of the strokes to their border, which in a long bar of
      width t is even between 0 and t / 2. Inside is where the intensity exceeds half of the image's largest.
      Strokes of less than two pixels all count as about two.
    - slant: atan(-m_11 / m_02) in degrees: by how much a shear would have to set the digit upright. Here m_ij
      are the central moments, x to the right and y down, of the intensities, ramped so that 0 stands for a
      quarter of the image's largest and less, and 1 for three quarters and more: a grey background would
      otherwise weigh as much as the digit.
    - width: sqrt(12 (m_20 - m_11^2 / m_02)) and height: sqrt(12 m_02), the sides of the even bar that
      has these moments, the width after the shear that undoes the slant.
    - ink: the sum of the intensities.

    So a paler image has less ink, and otherwise the same shape. Images that are blank, or all on one row (no
    slant), give NaN, but for their ink.
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
    """Thickness of the strokes (n,) in pixels of `images` (n, side, side); 0 for a blank image."""
    finer = ndimage.zoom(images, (1, FINER, FINER), order=1, grid_mode=True, mode="nearest")
    inside = finer > finer.max((1, 2), keepdims=True) / 2
    bordered = np.pad(inside, ((0, 0), (1, 1), (1, 1)))
    distances = np.stack([ndimage.distance_transform_edt(image) for image in bordered])
    # Measured from pixel centre to pixel centre; the border lies half way between.
    depth = np.where(bordered, distances - 0.5, 0).sum((1, 2))
    return np.asarray(4 * depth / np.maximum(inside.sum((1, 2)), 1) / FINER)
