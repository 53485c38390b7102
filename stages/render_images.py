"""Draw one image variant: `python -m stages render_images dcgan`."""

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.config import Settings, load_settings
from saddle.core.files import read_arrays, read_table
from saddle.data.images import load_images, normalized
from saddle.rendering.images import captioned, grid, grid_frames, real_and_fake, strip, training_curves
from saddle.rendering.shared.figures import to_uint8, write_gif, write_image, write_still
from saddle.rendering.shared.style import time_titles
from stages import paths

# Small images are enlarged by whole pixels to about so many a side: in grids, and in the strip.
SHOWN, SHOWN_IN_STRIP = 96, 32
# Samples in each grid of the strip: more would be too small to make out.
IN_STRIP = 25
# Arrays by their number of axes.
TIMES = {"epoch": 1, "step": 1, "resolution": 1}
SCORE = {"score_name": 0, "score_is_probability": 0, "score_equilibrium": 0}
LOG = ("step", "d_loss", "g_loss", "d_real", "d_fake")


def main(variant: str) -> None:
    """Read snapshots, the log and real images; write a GIF, grids and curves."""
    settings = load_settings()
    settings.images.variant(variant)
    images, times = stills(settings, paths.IMAGES, variant)
    folder, last = paths.plots(paths.IMAGES, variant), images[-1]
    data = load_images(paths.images(settings.images.variant(variant).dataset), settings.images.grid)
    real = data.test_images[: len(last)]
    title, scale, colours = settings.title(variant), _scale(last, SHOWN), 64 if last.shape[1] == 1 else 256
    write_gif(folder / "training.gif", grid_frames(images, times, scale, title), colours=colours)
    write_image(folder / "real_fake.png", real_and_fake(to_uint8(normalized(real, last.shape[-1])), last, scale, title))


def stills(settings: Settings, group: str, variant: str) -> tuple[NDArray[np.uint8], list[str]]:
    """Write the last grid, a strip of six and the curves; the images of all snapshots, and their titles."""
    folder, title = paths.plots(group, variant), settings.title(variant)
    snapshots = read_arrays(paths.samples(group, variant), {**TIMES, **SCORE, "images": 5})
    log = read_table(folder / "training.csv", LOG)
    images = to_uint8(torch.from_numpy(snapshots["images"]))
    times = time_titles(snapshots["epoch"].tolist(), snapshots["step"].tolist())
    if len(set(snapshots["resolution"].tolist())) > 1:
        times = [f"{time}, {side} × {side}" for time, side in zip(times, snapshots["resolution"], strict=True)]
    write_image(folder / "final.png", captioned(grid(images[-1], settings.images.grid, _scale(images, SHOWN)), title))
    write_image(folder / "strip.png", strip(images[:, :IN_STRIP], times, title, _scale(images, SHOWN_IN_STRIP)))
    equilibrium = float(snapshots["score_equilibrium"])
    curves = training_curves(
        log,
        title,
        score=str(snapshots["score_name"]),
        is_probability=bool(snapshots["score_is_probability"]),
        equilibrium=None if np.isnan(equilibrium) else equilibrium,
    )
    write_still(folder / "curves.png", curves)
    return images, times


def _scale(images: NDArray[np.uint8], shown: int) -> int:
    """By how much images (..., height, width) are enlarged."""
    return max(1, shown // images.shape[-1])
