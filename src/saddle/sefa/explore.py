"""The whole of SeFa for one generator: its strongest directions are drawn, filmed, measured and put on a page."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.config.sefa import SefaSettings
from saddle.core.files import replacing_folder, write_table
from saddle.core.network import Generator
from saddle.metrics.shared.attributes import Judge
from saddle.rendering.live.progress import progress_bar
from saddle.rendering.shared.figures import write_gif, write_image, write_mp4
from saddle.sefa.factorization import factorize
from saddle.sefa.meaning import NO_MEANING, Meaning, measure_meaning, metrics
from saddle.sefa.page import Page, page_images, pool_size, write_page
from saddle.sefa.pictures import frames, strip
from saddle.sefa.traversal import (
    ALL,
    check_draws_images,
    described,
    distances_between,
    drawn_codes,
    layer_numbers,
    traverse,
)
from saddle.sefa.truth import COLUMNS, AttributeJudge, directions_fitted, separation, summary

FRAMES_PER_SECOND = 10  # as R3's film
# Colours of the GIF's palette: enough for digits, and all that there can be for photographs.
GREYS, COLOURS = 16, 256


def explore(
    generator: Generator, title: str, folder: str | Path, settings: SefaSettings, judge: Judge | str
) -> dict[str, Any]:
    """Write the strips, the films and the page of `generator` into `folder`; return the content of its metrics file.

    generator: in evaluation mode, on the device that draws. title: what the pictures call it. settings: those for this
    generator. judge: what measures the meaning; or a sentence that says why it is not measured.

    The folder then holds `index.html` and, for each direction k from 1, `semantic_k.png`, `semantic_k.gif` and
    `semantic_k.mp4`. If several choices of layers are asked for, these are of the first one, and each other one has the
    same in a folder of its own; the pages lead to each other. If the judge reads attributes, `separation.csv`
    says how well the directions separate these. Nothing changes before all of them are written; what was there before
    is removed. The metrics of the other choices stand under the names of their folders.

    Raises `UserError` if the generator draws no images, has fewer directions than `num_semantics`, or lacks one of the
    layers.
    """
    check_draws_images(generator)
    several = generator.code_layers > 1
    choices = settings.layers if several else [ALL]
    numbers = [layer_numbers(choice, generator.code_layers) for choice in choices]
    folders = ["", *(f"layers_{choice}/" for choice in choices[1:])]
    content: dict[str, Any] = {}
    with replacing_folder(folder) as part:
        for choice, layers, place in zip(choices, numbers, folders, strict=True):
            own = part / place
            own.mkdir(exist_ok=True)
            factorization = factorize(generator.style_weights(layers))
            directions = factorization.strongest(settings.num_semantics)
            name = f"{title}, {described(choice)}" if several else title
            every = directions
            if isinstance(judge, AttributeJudge) and judge.channels == generator.sample_shape[0]:
                every = torch.cat([directions, directions_fitted(generator, judge.reader, layers, settings)])
            meaning = measure_meaning(generator, judge, every, layers, settings, name)
            top = "../" if place else ""
            hrefs = ["" if other == place else f"{top}{other}index.html" for other in folders]
            page = Page(
                title=title,
                resolution=generator.sample_shape[-1],
                eigenvalues=factorization.eigenvalues.tolist(),
                meaning=meaning,
                settings=settings,
                layers=described(choice) if several else None,
                links=dict(zip(map(described, choices), hrefs, strict=True)) if len(choices) > 1 else {},
            )
            _draw(generator, directions, layers, page, name, own)
            found = metrics(page.eigenvalues, len(directions), meaning)
            if isinstance(meaning, Meaning) and isinstance(judge, AttributeJudge):
                rows = separation(meaning, len(directions))
                write_table(own / "separation.csv", COLUMNS, rows)
                found = {**summary(rows), **found}
            content.update({own.name: found} if place else found)
    return content


def _draw(generator: Generator, directions: Tensor, layers: list[int], page: Page, name: str, folder: Path) -> None:
    """Write the pictures of each direction and the page."""
    settings = page.settings
    distances = distances_between(settings.start, settings.stop, settings.steps)
    per_sample, shown = len(directions) * len(distances), settings.num_samples
    # Those that are shown, and further ones that are in the page alone.
    first = drawn_codes(generator, shown, settings.seed, "sefa shown samples", settings.sampler)
    further = pool_size(shown, per_sample, page.resolution) - shown
    codes = torch.cat([first, drawn_codes(generator, further, settings.seed, "sefa further samples")])
    images = []
    with progress_bar(f"{name}, drawing", len(codes) * per_sample, "image") as bar:
        for index, direction in enumerate(directions):
            drawn = traverse(generator, codes, direction, distances, layers, most=settings.strip_size, drawn=bar.update)
            _write_pictures(folder / f"semantic_{index + 1}", drawn[:shown], distances, page, index)
            images.append(page_images(drawn, settings.page_size))
    write_page(folder / "index.html", page, distances, images)


def _write_pictures(path: Path, images: NDArray[np.uint8], distances: list[float], page: Page, index: int) -> None:
    """Write the strip and the films of direction `index`, `path` with their suffixes; they say what the page says."""
    name, distance = f"direction {index + 1}", "distance along the direction"
    if isinstance(page.meaning, Meaning):
        named = page.meaning.name(index)
        name += f": {'no single meaning' if named == NO_MEANING else named}"
        if sizes := page.meaning.sizes(index):
            distance = f"{sizes} per unit of distance"
    note = f"{distance}; eigenvalue {page.eigenvalues[index]:.4g}"
    if page.layers:
        note += f"; {page.layers} moved"
    side, channels = images.shape[3:]
    if side < page.resolution:
        note += f"; images averaged down from {page.resolution} to {side} pixels"
    write_image(path.with_suffix(".png"), strip(images, distances, f"{page.title}, {name}", note))
    film, seconds = list(frames(images, distances, name, distance)), 1 / FRAMES_PER_SECOND
    colours = GREYS if channels == 1 else COLOURS
    write_gif(path.with_suffix(".gif"), film, seconds=seconds, last_seconds=seconds, colours=colours)
    write_mp4(path.with_suffix(".mp4"), film, fps=FRAMES_PER_SECOND)
