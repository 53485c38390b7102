"""The films of one direction: all samples side by side, moving from start to stop and back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saddle.rendering.shared import gif
from saddle.rendering.shared.ffmpeg import encode
from saddle.rendering.shared.fonts import font
from saddle.sefa.lettering import FAINT, INK, PAPER, canvas, distance_labels, fitted_text, resized, write_text
from saddle.sefa.traversal import Traversal

FRAMES_PER_SECOND = 10  # as R3's film

# In pixels.
AREA = 1280, 620  # width and height that all samples together may take
SMALLEST_TILE = 96  # smaller images are enlarged by a whole factor if there is room
LEAST_WIDTH = 528  # so that the longest name of a direction fits
GAP = 4
MARGIN = 16
TITLE, NOTE = 15, 12
SECOND_LINE = MARGIN + TITLE + 6  # its top
HEAD, FOOT = SECOND_LINE + NOTE + 12, 42
KNOB = 6  # radius

TRACK_GREY = 205  # 0 is black, 255 white
# Colours of the GIF's palette: enough for digits, and all that there can be for photographs.
GREYS, COLOURS = 16, 256
# With `faststart` a browser can play the film before all of it is there.
MP4 = ["-preset", "slow", "-crf", "20", "-movflags", "+faststart"]


def write_gif(path: str | Path, traversal: Traversal, title: str, note: str) -> None:
    """Write the film as a GIF that runs for ever; equal images give equal bytes.

    Raises `OSError` if the encoder fails.
    """
    grey = traversal.channels == 1
    gif.write_gif(
        path,
        frames(traversal, title, note),
        seconds=1 / FRAMES_PER_SECOND,
        last_seconds=None,
        colours=GREYS if grey else COLOURS,
        dither=not grey,
    )


def write_mp4(path: str | Path, traversal: Traversal, title: str, note: str) -> None:
    """Write the film as an H.264 video; equal images give equal bytes. Raises `OSError` if the encoder fails."""
    pictures = frames(traversal, title, note)
    encode(path, pictures, fps=FRAMES_PER_SECOND, codec="libx264", pixels="yuv420p", parameters=MP4)


def sweep_order(steps: int) -> list[int]:
    """The steps in the order in which the film shows them: there and back, each end once."""
    return [*range(steps), *range(steps - 2, 0, -1)]


def frames(traversal: Traversal, title: str, note: str) -> Iterator[NDArray[np.uint8]]:
    """The frames of the film, (height, width, 3); height and width are even, as H.264 needs them.

    title, note: the two lines above the images; the distance stands at the end of the second.
    """
    layout = _Layout(traversal)
    labels = distance_labels(traversal.distances)
    for step in sweep_order(len(traversal.distances)):
        frame = canvas(layout.height, layout.width, 3)
        for sample in range(len(traversal.images)):
            top, left = layout.corner(sample)
            frame[top : top + layout.tile, left : left + layout.tile] = resized(
                traversal.images[sample, step], layout.tile
            )
        _write_head(frame, title, note, labels[step])
        _draw_track(frame, traversal.distances, step)
        yield frame


def _write_head(frame: NDArray[np.uint8], title: str, note: str, label: str) -> None:
    """Write the title, and below it the note on the left and the distance's label on the right."""
    right = frame.shape[1] - MARGIN
    room = right - MARGIN
    below = SECOND_LINE + NOTE  # the line on which both texts stand
    note = fitted_text(note, NOTE, room - font(TITLE).getlength(label) - MARGIN)
    write_text(frame, (MARGIN, MARGIN), fitted_text(title, TITLE, room, bold=True), TITLE, anchor="la", bold=True)
    write_text(frame, (MARGIN, below), note, NOTE, anchor="ls", ink=FAINT)
    write_text(frame, (right, below), label, TITLE, anchor="rs", ink=FAINT)


class _Layout:
    """Where the samples are on a frame, in as many rows as make them largest within `AREA`."""

    def __init__(self, traversal: Traversal) -> None:
        count = len(traversal.images)
        wanted = traversal.side * -(-SMALLEST_TILE // traversal.side)
        # The number of columns that gives the largest tile; if several do, the most, for fewer rows.
        self.tile, self.columns = max(
            (min(wanted, *_room(columns, -(-count // columns))), columns) for columns in range(1, count + 1)
        )
        self.tile = max(self.tile, 1)
        rows = -(-count // self.columns)
        self.width = _even(max(LEAST_WIDTH, 2 * MARGIN + self.columns * (self.tile + GAP) - GAP))
        self.height = _even(HEAD + rows * (self.tile + GAP) - GAP + FOOT)

    def corner(self, sample: int) -> tuple[int, int]:
        """The top and the left edge of a sample's tile."""
        row, column = divmod(sample, self.columns)
        return HEAD + row * (self.tile + GAP), MARGIN + column * (self.tile + GAP)


def _room(columns: int, rows: int) -> tuple[int, int]:
    """The width and the height that a tile can have in a grid of `columns` x `rows`."""
    across, down = AREA
    return (across + GAP) // columns - GAP, (down + GAP) // rows - GAP


def _even(length: int) -> int:
    return length + length % 2


def _draw_track(frame: NDArray[np.uint8], distances: list[float], step: int) -> None:
    """Draw the slider below the samples, which shows where between start and stop the film is."""
    fine = 4  # drawn so many times larger and averaged down, for smooth edges
    width = frame.shape[1]
    image = Image.new("L", (fine * width, fine * FOOT), PAPER)
    draw = ImageDraw.Draw(image)
    left, right, y = fine * (MARGIN + KNOB), fine * (width - MARGIN - KNOB), fine * FOOT / 2
    draw.line([(left, y), (right, y)], fill=TRACK_GREY, width=2 * fine)
    if distances[0] < 0 < distances[-1]:
        zero = left - distances[0] / (distances[-1] - distances[0]) * (right - left)
        draw.line([(zero, y - KNOB * fine), (zero, y + KNOB * fine)], fill=TRACK_GREY, width=2 * fine)
    x = left + step / max(len(distances) - 1, 1) * (right - left)
    draw.circle((x, y), KNOB * fine, fill=INK)
    frame[-FOOT:] = np.asarray(image.resize((width, FOOT), Image.Resampling.BOX))[:, :, None]
