"""Matplotlib's figures as pixels and as files."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saddle.files import replacing


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """A figure as an image, (height, width, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def write_figure(path: str | Path, figure: Figure) -> None:
    """Write `figure` as a PNG; equal figures give equal bytes (no version of Matplotlib is written into it)."""
    with replacing(path) as part:
        figure.savefig(part, metadata={"Software": None})
