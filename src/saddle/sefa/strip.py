"""The strip of one direction: one row for each sample, one column for each distance."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.files import replacing
from saddle.sefa.lettering import FAINT, canvas, distance_labels, fitted_text, resized, write_text
from saddle.sefa.png import write_png
from saddle.sefa.traversal import Traversal

# All in pixels.
SMALLEST_TILE = 72  # smaller images are enlarged
LEAST_WIDTH = 680  # so that the title fits if there are few distances
GAP = 4


def write_strip(path: str | Path, traversal: Traversal, title: str, note: str) -> None:
    """Write the strip as a PNG, grey or RGB as the images are; equal images give equal bytes.

    Images of 72 pixels a side or more keep their size. Smaller ones are enlarged by the least whole factor that brings
    them there. title, note: the two lines above the images.
    """
    layout = _Layout(traversal)
    with replacing(path) as part:
        write_png(part, layout.height, layout.width, traversal.channels, _bands(traversal, layout, title, note))


class _Layout:
    """Positions and sizes, in pixels. left, head: the space to the left of the tiles and above them."""

    def __init__(self, traversal: Traversal) -> None:
        self.tile = traversal.side * -(-SMALLEST_TILE // traversal.side)
        # The larger the images, the larger the letters: large strips are looked at from further away.
        self.letters = round(12 * min(max(self.tile / 160, 1), 4))
        self.title = self.letters * 4 // 3
        self.margin = self.letters * 4 // 3
        self.left = self.margin + 2 * self.letters
        self.head = self.margin + self.title + 5 * self.letters
        columns = len(traversal.distances)
        self.width = max(LEAST_WIDTH, self.column(columns) - GAP + self.margin)
        self.height = self.head + len(traversal.images) * (self.tile + GAP) - GAP + self.margin

    def column(self, step: int) -> int:
        """The left edge of the tiles at a distance."""
        return self.left + step * (self.tile + GAP)


def _bands(traversal: Traversal, layout: _Layout, title: str, note: str) -> Iterator[NDArray[np.uint8]]:
    """The picture from the top: the head with the text, then a band for each sample."""
    margin, letters, tile = layout.margin, layout.letters, layout.tile
    top = canvas(layout.head, layout.width, traversal.channels)
    room = layout.width - 2 * margin
    title, note = fitted_text(title, layout.title, room, bold=True), fitted_text(note, letters, room)
    write_text(top, (margin, margin), title, layout.title, anchor="la", bold=True)
    write_text(top, (margin, margin + layout.title + letters * 2 // 3), note, letters, anchor="la", ink=FAINT)
    for step, label in enumerate(distance_labels(traversal.distances)):
        centre = layout.column(step) + tile / 2
        write_text(top, (centre, layout.head - letters // 2), label, letters, anchor="mb", ink=FAINT)
    yield top
    for sample in range(len(traversal.images)):
        below = margin if sample == len(traversal.images) - 1 else GAP
        band = canvas(tile + below, layout.width, traversal.channels)
        write_text(band, (margin, tile / 2), str(sample + 1), letters, anchor="lm", ink=FAINT)
        for step in range(len(traversal.distances)):
            left = layout.column(step)
            band[:tile, left : left + tile] = resized(traversal.images[sample, step], tile)
        yield band
