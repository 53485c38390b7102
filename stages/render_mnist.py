"""Draw one image variant: `python -m stages.render_mnist dcgan`."""

import imageio.v3 as iio
import torch

from saddle.config import ImageVariantName, load_settings
from saddle.data.mnist.dataset import load_mnist, normalized
from saddle.errors import reports_user_errors
from saddle.files import read_arrays, read_table, replacing
from saddle.rendering.images.grids import grid, grid_frames, moments, real_and_fake, to_uint8, training_curves
from saddle.rendering.shared.gif import write_gif
from stages.variant import chosen_variant

SCALE = 3


@reports_user_errors
def main() -> None:
    """Read snapshots, the log and real images; write a GIF, grids and curves."""
    variant = chosen_variant(ImageVariantName)
    settings = load_settings()
    snapshots = read_arrays(f"data/samples/mnist/{variant}.npz", ("epoch", "step", "images"))
    log = read_table(f"plots/mnist/{variant}/training.csv", ("epoch", "d_loss", "g_loss", "d_real", "d_fake"))
    images = to_uint8(torch.from_numpy(snapshots["images"]))
    times = [f"epoch {epoch:.3g}" for epoch in snapshots["epoch"]]
    last, columns = images[-1], settings.mnist.grid
    folder = f"plots/mnist/{variant}"

    real = load_mnist("data/raw/mnist").test_images[: len(last)]
    real_pixels = to_uint8(normalized(real, last.shape[-1]))
    write_gif(f"{folder}/training.gif", grid_frames(images, times, SCALE))
    pictures = {
        "final.png": grid(last, columns, SCALE),
        "strip.png": moments(images, times),
        "real_fake.png": real_and_fake(real_pixels, last, SCALE),
    }
    for name, picture in pictures.items():
        with replacing(f"{folder}/{name}") as part:
            iio.imwrite(part, picture)
    with replacing(f"{folder}/curves.png") as part:
        training_curves(log, variant).savefig(part, metadata={"Software": None})


if __name__ == "__main__":
    main()
