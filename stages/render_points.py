"""Draw one variant of the points experiment: `python -m stages render_points gan`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_table, replacing_folder
from saddle.rendering.points import film_of, frame, frames, strip
from saddle.rendering.shared.figures import write_gif, write_image, write_still
from stages import paths

# Arrays by their number of axes.
TIMES, SCORE = {"epoch": 1, "step": 1}, {"score_name": 0, "score_is_probability": 0}
SNAPSHOTS = {**TIMES, **SCORE, "samples": 3, "x": 1, "y": 1, "surface": 3}


def main(variant: str) -> None:
    """Read snapshots, real points and their W2 over time; write a GIF, its frames, the last one and a strip."""
    settings = load_settings()
    optimizer = settings.points.variant(variant).optimizer or settings.optimizer
    picture = settings.points.chosen_recipe().picture
    folder = paths.plots(paths.POINTS, variant)
    points = read_arrays(paths.prepared(), {"train": 2, "test": 2})
    trains = picture.real == "train"
    snapshots = read_arrays(paths.samples(paths.POINTS, variant), SNAPSHOTS)
    film = film_of(
        snapshots,
        f"{settings.title(variant)}, {settings.title(optimizer)}",
        points["train"] if trains else points["test"][: settings.points.max_points],
        "real" if trains else "held out",
        read_table(folder / "w2.csv", ["sample_w2"])["sample_w2"].tolist(),
        by_step=picture.time == "step",
        look=picture.surface,
    )
    # R1 keeps a picture for each of these steps, in a folder for each optimizer and variant.
    with replacing_folder(folder / "stills") as part:
        kept = _kept(frames(film), [part / optimizer / f"step_{step:06d}.png" for step in snapshots["step"].tolist()])
        write_gif(folder / "training.gif", kept)
    write_still(folder / "final.png", frame(film, len(film) - 1))
    write_still(folder / "strip.png", strip(film))


def _kept(images: Iterable[NDArray[np.uint8]], places: list[Path]) -> Iterator[NDArray[np.uint8]]:
    """`images`, each also written to its place."""
    for image, place in zip(images, places, strict=True):
        write_image(place, image)
        yield image
