"""Matplotlib's figures as pixels and as files."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saddle.core.files import replacing


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """A figure as an image, (height, width, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


# No version of Matplotlib and no date is written into a file: equal figures give equal bytes.
ANONYMOUS = {".png": {"Software": None}, ".pdf": {"Creator": None, "Producer": None, "CreationDate": None}}
# What is drawn point by point inside a PDF, as clouds of points are, in dots an inch.
PDF_DPI = 200


def write_figure(path: str | Path, figure: Figure) -> None:
    """Write `figure` as a PNG or, by the suffix of `path`, as a PDF; equal figures give equal bytes."""
    suffix = Path(path).suffix
    with replacing(path) as part:
        figure.savefig(part, metadata=ANONYMOUS.get(suffix), dpi=PDF_DPI if suffix == ".pdf" else "figure")


def write_still(path: str | Path, figure: Figure) -> None:
    """Write `figure` as a PNG to look at, and beside it as a PDF for papers."""
    for suffix in ANONYMOUS:
        write_figure(Path(path).with_suffix(suffix), figure)


def write_image(path: str | Path, image: NDArray[np.uint8]) -> None:
    """Write an image, (height, width) in grey or (height, width, 3), as a PNG."""
    with replacing(path) as part:
        iio.imwrite(part, image)
