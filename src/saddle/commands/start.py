"""`saddle start`: the first minute. A short training on the points and its film, in a folder of its own."""

import argparse
import os
import sys
import webbrowser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.config import load_settings
from saddle.core.model_file import save_model
from saddle.core.process import cores, use_threads
from saddle.data.points.dataset import held_out, read_points
from saddle.errors import UserError
from saddle.experiments.points import optimizer_of, train_points
from saddle.metrics.points.distances import w2
from saddle.rendering.live.progress import progress_bar
from saddle.rendering.points import PointsFilm, film_of, frames
from saddle.rendering.shared.figures import write_gif

# The GAN with the recipe that fits within a minute; the model is the one that the pipeline trains with that recipe.
VARIANT = "gan"
RECIPE = "tuned"
# Git and DVC know nothing of it, so that the pipeline and its results stay as they are.
FOLDER = "data/start"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", metavar="FOLDER", default=FOLDER, help=f"where the film goes (default: {FOLDER})")
    parser.add_argument("--open", action="store_true", help="show the film when it is made, in the browser")


def run(arguments: argparse.Namespace) -> None:
    """Train, draw, and say what there is to see.

    Raises `UserError` if params.yaml or the points are missing or bad, or nothing can be written into the folder.
    """
    folder = Path(arguments.out)
    film, model = folder / f"{VARIANT}.gif", folder / f"{VARIANT}.safetensors"
    if arguments.open:
        _check_desktop()
    settings = load_settings().under(RECIPE)
    points = settings.points
    use_threads(points.threads)
    data = read_points(points.file, points.variable)
    split = held_out(data, points.variable, points.train_size, settings.seed, points.file)
    test = split.test[: points.max_points]
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out is {folder}, which is there and no folder; name another")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"--out is {folder}; nothing can be written into it")

    optimizer = optimizer_of(settings, VARIANT)
    trained = train_points(settings, VARIANT, optimizer, split.train, len(test))
    save_model(model, {"generator": trained.generator, "discriminator": trained.discriminator}, trained.facts)
    snapshots = trained.snapshots.arrays()
    # Beside each other: solving a transport problem lets other threads of Python run.
    with ThreadPoolExecutor(cores()) as pool:
        distances = list(pool.map(partial(w2, b=test), snapshots["samples"]))
    name = f"{settings.title(VARIANT)}, {settings.title(optimizer)}"
    moving = film_of(snapshots, name, test, "held out", distances)
    write_gif(film, _drawn(moving))

    first, last = moving.distances[0], moving.distances[-1]
    print(f"\n{film}: the film of the training; open it in a browser")
    print(f"{model}: the trained networks, for saddle sample and saddle.load")
    print(f"W2, the distance to real points, fell from {first:.3g} to {last:.3g}; ", end="")
    print(f"other real points are {w2(split.others[: len(test)], test):.3g} away")
    if arguments.open and not webbrowser.open(film.resolve().as_uri()):
        raise UserError(f"--open: found no browser; open {film} yourself")


def _check_desktop() -> None:
    if sys.platform not in ("win32", "darwin") and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))):
        raise UserError("--open: found no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set); leave it out")


def _drawn(film: PointsFilm) -> Iterator[NDArray[np.uint8]]:
    """The frames of `film`, with a bar."""
    with progress_bar("film", len(film), "frame") as bar:
        for image in frames(film):
            yield image
            bar.update()
