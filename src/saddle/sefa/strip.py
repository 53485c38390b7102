"""The strip of one direction: samples down, distance across."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.files import replacing
from saddle.sefa.lettering import FAINT, canvas, distance_labels, fitted_text, resized, write_text
from saddle.sefa.png import write_png
from saddle.sefa.traversal import Traversal

SMALLEST_TILE = 72  # pixels; smaller images are enlarged, for their pixels and the letters to be seen
LEAST_WIDTH = 420  # for the title, where there are few distances
GAP = 4
MARGIN = 16
SAMPLE_COLUMN = 24
TITLE, LABEL = 16, 12  # letters, pixels


def write_strip(path: str | Path, traversal: Traversal, title: str, note: str) -> None:
    """Write the strip as a PNG, grey or RGB as the images are; equal images give equal bytes.

    Images are shown at the size that `traversal` has them, or enlarged by a whole factor to 72 pixels or more.
    title, note: the two lines above.
    """
    tile = enlarged(traversal.side)
    columns = len(traversal.distances)
    width = max(LEAST_WIDTH, 2 * MARGIN + SAMPLE_COLUMN + columns * tile + (columns - 1) * GAP)
    head = MARGIN + TITLE + 2 * LABEL + 34
    height = head + traversal.samples * (tile + GAP) + MARGIN - GAP
    with replacing(path) as part:
        write_png(part, height, width, traversal.channels, _bands(traversal, tile, width, head, title, note))


def enlarged(side: int, least: int = SMALLEST_TILE) -> int:
    """The smallest multiple of `side` that is at least `least`."""
    return side * -(-least // side)


def _bands(
    traversal: Traversal, tile: int, width: int, head: int, title: str, note: str
) -> Iterator[NDArray[np.uint8]]:
    """The rows of the picture: the head, then one band for each sample."""
    top = canvas(head, width, traversal.channels)
    across = width - 2 * MARGIN
    write_text(top, MARGIN, MARGIN, fitted_text(title, TITLE, across, bold=True), TITLE, anchor="la", bold=True)
    write_text(top, MARGIN, MARGIN + TITLE + 8, fitted_text(note, LABEL, across), LABEL, anchor="la", ink=FAINT)
    for step, label in enumerate(distance_labels(traversal.distances)):
        centre = _left(step, tile) + tile / 2
        write_text(top, centre, head - 6, label, LABEL, anchor="mb", ink=FAINT)
    yield top
    for sample in range(traversal.samples):
        last = sample == traversal.samples - 1
        band = canvas(tile + (MARGIN if last else GAP), width, traversal.channels)
        write_text(band, MARGIN, tile / 2, str(sample + 1), LABEL, anchor="lm", ink=FAINT)
        for step in range(len(traversal.distances)):
            left = _left(step, tile)
            band[:tile, left : left + tile] = resized(traversal.image(sample, step), tile)
        yield band


def _left(step: int, tile: int) -> int:
    return MARGIN + SAMPLE_COLUMN + step * (tile + GAP)
