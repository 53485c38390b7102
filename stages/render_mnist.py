"""Draw one image variant: `python -m stages render_mnist dcgan`."""

import numpy as np
import torch

from saddle.config import load_settings
from saddle.data.mnist.dataset import load_mnist, normalized
from saddle.files import read_arrays, read_table
from saddle.npz import Kind
from saddle.rendering.images.curves import training_curves
from saddle.rendering.images.grids import grid, grid_frames, real_and_fake, strip
from saddle.rendering.shared.figures import write_image, write_still
from saddle.rendering.shared.films import write_gif
from saddle.rendering.shared.moments import time_titles
from saddle.rendering.shared.pixels import to_uint8
from stages import layouts, paths

SCALE = 3
LOG: dict[str, Kind] = {"step": "count", "d_loss": "float", "g_loss": "float", "d_real": "float", "d_fake": "float"}


def main(variant: str) -> None:
    """Read snapshots, the log and real images; write a GIF, grids and curves."""
    settings = load_settings()
    settings.mnist.variant(variant)
    folder = paths.plots(paths.MNIST, variant)
    snapshots = read_arrays(paths.samples(paths.MNIST, variant), layouts.IMAGES)
    log = read_table(folder / "training.csv", LOG)
    images = to_uint8(torch.from_numpy(snapshots["images"]))
    times = time_titles(snapshots["epoch"].tolist(), snapshots["step"].tolist())
    if len(set(snapshots["resolution"].tolist())) > 1:
        times = [f"{time}, {side} × {side}" for time, side in zip(times, snapshots["resolution"], strict=True)]
    last, columns = images[-1], settings.mnist.grid
    real = load_mnist(paths.RAW_MNIST, columns).test_images[: len(last)]
    real_pixels = to_uint8(normalized(real, last.shape[-1]))

    write_gif(folder / "training.gif", grid_frames(images, times, SCALE))
    write_image(folder / "final.png", grid(last, columns, SCALE))
    write_image(folder / "strip.png", strip(images, times))
    write_image(folder / "real_fake.png", real_and_fake(real_pixels, last, SCALE))
    equilibrium = float(snapshots["score_equilibrium"])
    curves = training_curves(
        log,
        settings.title(variant),
        score=str(snapshots["score_name"]),
        is_probability=bool(snapshots["score_is_probability"]),
        equilibrium=None if np.isnan(equilibrium) else equilibrium,
    )
    write_still(folder / "curves.png", curves)
