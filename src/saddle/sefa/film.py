"""The films of one direction: all samples at once, their distance sweeping from start to stop and back."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from imageio_ffmpeg import write_frames  # type: ignore[attr-defined]  # public, but not in its __all__
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saddle.files import replacing
from saddle.sefa.lettering import FAINT, INK, PAPER, canvas, distance_labels, fitted_text, resized, write_text
from saddle.sefa.traversal import Traversal

FRAMES_PER_SECOND = 8
AREA = 1280, 640  # most pixels across and down for the samples
SMALLEST_TILE = 96  # smaller images are enlarged by a whole factor, if there is room
LEAST_WIDTH = 320
GAP = 4
MARGIN = 16
TITLE = 16
HEAD, FOOT = MARGIN + TITLE + 12, 42
KNOB, TRACK = 6, 205  # radius, pixels; grey

# One thread and no encoder's name in the file: equal frames give equal bytes.
EXACT = ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
# Plays everywhere, from its first bytes on.
MP4 = ["-preset", "slow", "-crf", "20", "-movflags", "+faststart"]
# A palette made from all frames; photographs need dithering, the few greys of digits do without.
GIF = "split[a][b];[a]palettegen=max_colors={colours}:stats_mode=full[p];[b][p]paletteuse=dither={dither}"
GREY_LEVELS = 16


def write_gif(path: str | Path, traversal: Traversal, title: str) -> None:
    """Write the film as a GIF that runs for ever; equal images give equal bytes.

    Raises `OSError` if the encoder fails.
    """
    palette = (
        GIF.format(colours=GREY_LEVELS, dither="none")
        if traversal.channels == 1
        else GIF.format(colours=256, dither="bayer:bayer_scale=4")
    )
    _encode(path, traversal, title, codec="gif", pixels="pal8", parameters=["-filter_complex", palette])


def write_mp4(path: str | Path, traversal: Traversal, title: str) -> None:
    """Write the film as an H.264 video; equal images give equal bytes. Raises `OSError` if the encoder fails."""
    _encode(path, traversal, title, codec="libx264", pixels="yuv420p", parameters=MP4)


def _encode(
    path: str | Path, traversal: Traversal, title: str, *, codec: str, pixels: str, parameters: Sequence[str]
) -> None:
    """Send one frame after the other to ffmpeg; only one is in memory here."""
    layout = _Layout(traversal)
    with replacing(path) as part:
        encoder = write_frames(
            str(part),
            (layout.width, layout.height),
            fps=FRAMES_PER_SECOND,
            codec=codec,
            pix_fmt_out=pixels,
            quality=None,
            macro_block_size=1,
            ffmpeg_log_level="error",
            output_params=[*EXACT, *parameters],
        )
        try:
            encoder.send(None)
            for frame in frames(traversal, title):
                encoder.send(frame)
        finally:
            encoder.close()
        if not part.is_file() or part.stat().st_size == 0:
            raise OSError(f"{path}: ffmpeg wrote no file")


def sweep_order(steps: int) -> list[int]:
    """The steps in the order in which the film shows them: there and back, without resting at the ends."""
    return [*range(steps), *range(steps - 2, 0, -1)]


def frames(traversal: Traversal, title: str) -> Iterator[NDArray[np.uint8]]:
    """The frames of the film, (height, width, 3), height and width even, as video needs them."""
    layout = _Layout(traversal)
    labels = distance_labels(traversal.distances)
    for step in sweep_order(len(traversal.distances)):
        frame = canvas(layout.height, layout.width, 3)
        for sample in range(traversal.samples):
            top, left = layout.corner(sample)
            frame[top : top + layout.tile, left : left + layout.tile] = resized(
                traversal.image(sample, step), layout.tile
            )
        room = layout.width - 2 * MARGIN
        write_text(
            frame, MARGIN, MARGIN, fitted_text(title, TITLE, room - 80, bold=True), TITLE, anchor="la", bold=True
        )
        write_text(frame, layout.width - MARGIN, MARGIN, labels[step], TITLE, anchor="ra", ink=FAINT)
        _draw_track(frame, traversal.distances, step)
        yield frame


class _Layout:
    """Where the samples are on a frame: as many rows as show them largest within `AREA`."""

    def __init__(self, traversal: Traversal) -> None:
        count = traversal.samples
        wanted = traversal.side * -(-SMALLEST_TILE // traversal.side)
        # The largest tile; of two arrangements with equal tiles, the one with fewer rows.
        self.tile, self.columns = max(
            (min(wanted, *_room(columns, -(-count // columns))), columns) for columns in range(1, count + 1)
        )
        self.tile = max(self.tile, 1)
        rows = -(-count // self.columns)
        self.width = _even(max(LEAST_WIDTH, 2 * MARGIN + self.columns * (self.tile + GAP) - GAP))
        self.height = _even(HEAD + rows * (self.tile + GAP) - GAP + FOOT)

    def corner(self, sample: int) -> tuple[int, int]:
        """Top and left of a sample's tile."""
        row, column = divmod(sample, self.columns)
        return HEAD + row * (self.tile + GAP), MARGIN + column * (self.tile + GAP)


def _room(columns: int, rows: int) -> tuple[int, int]:
    """The tiles' largest width and height in a grid of `columns` x `rows`."""
    across, down = AREA
    return (across + GAP) // columns - GAP, (down + GAP) // rows - GAP


def _even(length: int) -> int:
    return length + length % 2


def _draw_track(frame: NDArray[np.uint8], distances: list[float], step: int) -> None:
    """The slider below the samples: where between start and stop the film is."""
    fine = 4  # drawn larger and averaged down, for smooth edges
    width = frame.shape[1]
    image = Image.new("L", (fine * width, fine * FOOT), PAPER)
    draw = ImageDraw.Draw(image)
    left, right, y = fine * (MARGIN + KNOB), fine * (width - MARGIN - KNOB), fine * FOOT / 2
    draw.line([(left, y), (right, y)], fill=TRACK, width=2 * fine)
    if distances[0] < 0 < distances[-1]:
        zero = left - distances[0] / (distances[-1] - distances[0]) * (right - left)
        draw.line([(zero, y - KNOB * fine), (zero, y + KNOB * fine)], fill=TRACK, width=2 * fine)
    x = left + step / max(len(distances) - 1, 1) * (right - left)
    draw.circle((x, y), KNOB * fine, fill=INK)
    frame[-FOOT:] = np.asarray(image.resize((width, FOOT), Image.Resampling.BOX))[:, :, None]
