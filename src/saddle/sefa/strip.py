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


def write_strip(path: str | Path, traversal: Traversal, title: str, note: str) -> None:
    """Write the strip as a PNG, grey or RGB as the images are; equal images give equal bytes.

    Images are shown at the size that `traversal` has them, or enlarged by a whole factor to 72 pixels or more.
    title, note: the two lines above.
    """
    layout = _Layout(traversal)
    with replacing(path) as part:
        write_png(part, layout.height, layout.width, traversal.channels, _bands(traversal, layout, title, note))


class _Layout:
    """Where everything is, in pixels."""

    def __init__(self, traversal: Traversal) -> None:
        self.tile = traversal.side * -(-SMALLEST_TILE // traversal.side)
        # Letters grow with large images, which are looked at from further away.
        self.letters = round(12 * min(max(self.tile / 160, 1), 4))
        self.title = self.letters * 4 // 3
        self.margin = self.letters * 4 // 3
        self.left = self.margin + 2 * self.letters
        self.head = self.margin + self.title + 5 * self.letters
        columns = len(traversal.distances)
        self.width = max(LEAST_WIDTH, self.column(columns) - GAP + self.margin)
        self.height = self.head + traversal.samples * (self.tile + GAP) - GAP + self.margin

    def column(self, step: int) -> int:
        """The left side of a distance's tiles."""
        return self.left + step * (self.tile + GAP)


def _bands(traversal: Traversal, layout: _Layout, title: str, note: str) -> Iterator[NDArray[np.uint8]]:
    """The rows of the picture: the head, then one band for each sample."""
    margin, letters, tile = layout.margin, layout.letters, layout.tile
    top = canvas(layout.head, layout.width, traversal.channels)
    room = layout.width - 2 * margin
    title, note = fitted_text(title, layout.title, room, bold=True), fitted_text(note, letters, room)
    write_text(top, margin, margin, title, layout.title, anchor="la", bold=True)
    write_text(top, margin, margin + layout.title + letters * 2 // 3, note, letters, anchor="la", ink=FAINT)
    for step, label in enumerate(distance_labels(traversal.distances)):
        centre = layout.column(step) + tile / 2
        write_text(top, centre, layout.head - letters // 2, label, letters, anchor="mb", ink=FAINT)
    yield top
    for sample in range(traversal.samples):
        below = margin if sample == traversal.samples - 1 else GAP
        band = canvas(tile + below, layout.width, traversal.channels)
        write_text(band, margin, tile / 2, str(sample + 1), letters, anchor="lm", ink=FAINT)
        for step in range(len(traversal.distances)):
            left = layout.column(step)
            band[:tile, left : left + tile] = resized(traversal.image(sample, step), tile)
        yield band
