"""What is drawn of one direction: the strip, a row a sample and a column a distance; and the film, there and back."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from saddle.rendering.shared.style import font

INK, FAINT, TRACK = "#222222", "#767676", "#cdcdcd"

# All in pixels.
GAP = 4
# Of strips. Smaller images are enlarged; the title fits above a strip of few distances.
STRIP_TILE, STRIP_WIDTH = 72, 680
# Of films: the width and the height that all samples together may take, the size that smaller images are enlarged to if
# there is room, and a width that the longest name of a direction fits into.
AREA, FILM_TILE, FILM_WIDTH = (1280, 620), 96, 528
MARGIN, TITLE, NOTE = 16, 15, 12
SECOND_LINE = MARGIN + TITLE + 6  # its top
HEAD, FOOT = SECOND_LINE + NOTE + 12, 42
KNOB = 6  # radius


def strip(images: NDArray[np.uint8], distances: Sequence[float], title: str, note: str) -> NDArray[np.uint8]:
    """All images, with `title` and `note` above them: (height, width), or (height, width, 3) in colour.

    images: of one direction, (samples, distances, side, side, 1 or 3).

    Images of 72 pixels a side or more keep their size. Smaller ones are enlarged by the least whole factor that brings
    them there.
    """
    samples, steps, side, _, channels = images.shape
    tile = side * -(-STRIP_TILE // side)
    # The larger the images, the larger the letters: large strips are looked at from further away.
    letters = round(12 * min(max(tile / 160, 1), 4))
    large = margin = letters * 4 // 3
    left, head = margin + 2 * letters, margin + large + 5 * letters
    width = max(STRIP_WIDTH, left + steps * (tile + GAP) - GAP + margin)
    picture = _paper(width, head + samples * (tile + GAP) - GAP + margin, channels)
    draw, room = ImageDraw.Draw(picture), width - 2 * margin
    bold, small = font(large, title, bold=True), font(letters, note)
    draw.text((margin, margin), fitted_text(title, bold, room), INK, bold)
    draw.text((margin, margin + large + letters * 2 // 3), fitted_text(note, small, room), FAINT, small)
    for step, label in enumerate(distance_labels(distances)):
        draw.text((left + step * (tile + GAP) + tile / 2, head - letters // 2), label, FAINT, small, anchor="mb")
    for sample in range(samples):
        top = head + sample * (tile + GAP)
        draw.text((margin, top + tile / 2), str(sample + 1), FAINT, small, anchor="lm")
        for step in range(steps):
            picture.paste(resized(images[sample, step], tile), (left + step * (tile + GAP), top))
    return np.asarray(picture)


def frames(images: NDArray[np.uint8], distances: Sequence[float], title: str, note: str) -> Iterator[NDArray[np.uint8]]:
    """The frames of the film, (height, width, 3); height and width are even, as H.264 needs them.

    images: as for `strip`. title, note: the two lines above them; the distance stands at the end of the second. The
    samples are in as many rows as make them largest within `AREA`.
    """
    count, side = images.shape[0], images.shape[2]
    wanted = side * -(-FILM_TILE // side)
    # The number of columns that gives the largest tile; if several do, the most, for fewer rows.
    tile, columns = max((min(wanted, *_room(number, -(-count // number))), number) for number in range(1, count + 1))
    tile = max(tile, 1) if tile < side else tile - tile % side  # enlarged by a whole factor
    width = max(FILM_WIDTH, 2 * MARGIN + columns * (tile + GAP) - GAP)
    height = HEAD + -(-count // columns) * (tile + GAP) - GAP + FOOT
    width, height = width + width % 2, height + height % 2
    labels, right = distance_labels(distances), width - MARGIN
    bold, large, small = font(TITLE, title, bold=True), font(TITLE, labels[0]), font(NOTE, note)
    for step in sweep_order(len(distances)):
        frame = _paper(width, height, 3)
        draw = ImageDraw.Draw(frame)
        draw.text((MARGIN, MARGIN), fitted_text(title, bold, right - MARGIN), INK, bold)
        room = right - 2 * MARGIN - large.getlength(labels[step])
        below = SECOND_LINE + NOTE  # the line on which both texts stand
        draw.text((MARGIN, below), fitted_text(note, small, room), FAINT, small, anchor="ls")
        draw.text((right, below), labels[step], FAINT, large, anchor="rs")
        for sample in range(count):
            row, column = divmod(sample, columns)
            place = MARGIN + column * (tile + GAP), HEAD + row * (tile + GAP)
            frame.paste(resized(images[sample, step], tile), place)
        frame.paste(_track(width, distances, step), (0, height - FOOT))
        yield np.asarray(frame)


def sweep_order(steps: int) -> list[int]:
    """The steps in the order in which the film shows them: there and back, each end once."""
    return [*range(steps), *range(steps - 2, 0, -1)]


def resized(image: NDArray[np.uint8], side: int) -> Image.Image:
    """A square image (h, h, 1 or 3) at `side` pixels: averaged to shrink, its pixels repeated to grow."""
    how = Image.Resampling.NEAREST if side > len(image) else Image.Resampling.BOX
    picture = Image.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image))
    return picture.resize((side, side), how)


def distance_labels(distances: Sequence[float]) -> list[str]:
    """Distances with their sign, such as "+1.2", "−3.0" and "0.0", with enough decimals to tell neighbours apart."""
    gaps = [after - before for before, after in pairwise(distances)]
    decimals = max([1, *(math.ceil(-math.log10(gap)) for gap in gaps)])
    shown = [round(distance, decimals) + 0.0 for distance in distances]  # no -0.0
    return [f"{each:{'+' if each else ''}.{decimals}f}".replace("-", "−") for each in shown]


def fitted_text(text: str, letters: ImageFont.FreeTypeFont, width: float) -> str:
    """`text`; if it is wider than `width` pixels, as much of it as fits before an ellipsis."""
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _paper(width: int, height: int, channels: int) -> Image.Image:
    return Image.new("L" if channels == 1 else "RGB", (width, height), "white")


def _room(columns: int, rows: int) -> tuple[int, int]:
    """The width and the height that a tile can have in a grid of `columns` x `rows`."""
    across, down = AREA
    return (across + GAP) // columns - GAP, (down + GAP) // rows - GAP


def _track(width: int, distances: Sequence[float], step: int) -> Image.Image:
    """The slider below the samples, which shows where between start and stop the film is."""
    fine = 4  # drawn so many times larger and averaged down, for smooth edges
    image = _paper(fine * width, fine * FOOT, 1)
    draw = ImageDraw.Draw(image)
    left, right, y = fine * (MARGIN + KNOB), fine * (width - MARGIN - KNOB), fine * FOOT / 2
    draw.line([(left, y), (right, y)], fill=TRACK, width=2 * fine)
    if distances[0] < 0 < distances[-1]:
        zero = left - distances[0] / (distances[-1] - distances[0]) * (right - left)
        draw.line([(zero, y - KNOB * fine), (zero, y + KNOB * fine)], fill=TRACK, width=2 * fine)
    x = left + step / max(len(distances) - 1, 1) * (right - left)
    draw.circle((x, y), KNOB * fine, fill=INK)
    return image.resize((width, FOOT), Image.Resampling.BOX)
