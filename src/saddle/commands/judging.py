"""`saddle judge FILM`: measure what directions do in pictures that somebody published, without their generator."""

import argparse
import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import imageio.v3 as iio
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.core.files import rounded, write_json
from saddle.errors import UserError, reason
from saddle.metrics.shared.attributes import Judge
from saddle.sefa.judges import DIGITS, read_judge

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
# Of 255: a column whose pictures differ by less on average, as by what a film loses in compression, does not move.
UNMOVED = 1.0

Image = NDArray[np.uint8]


class Ends(NamedTuple):
    """The first and the last frame, (height, width, 3) each; of a single picture twice the same. frames: how many."""

    first: Image
    last: Image
    frames: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("film", metavar="FILM", help="a film, a GIF, a folder of frames, or one picture (a strip)")
    parser.add_argument(
        "--columns",
        type=int,
        required=True,
        help="pictures side by side: of a film one for each direction, after the unmoved samples if they are there; of "
        "a strip one for each distance; rows are samples",
    )
    parser.add_argument("--size", type=int, help="pixels a side of a picture (default: a frame's width / columns)")
    parser.add_argument("--start", type=float, default=-2.0, help="the distance at the beginning (default: -2)")
    parser.add_argument("--stop", type=float, default=2.0, help="the distance at the end (default: 2)")
    parser.add_argument(
        "--crop",
        type=float,
        nargs=4,
        metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="the part of a picture that is judged, in shares of its sides; for aligned faces 0.12 0.13 0.88 0.89",
    )
    parser.add_argument(
        "--judge",
        default="data/raw/faces",
        help="the folder of the face networks, or the file of a classifier of digits (default: data/raw/faces)",
    )
    parser.add_argument("--out", metavar="FILE.json", help="where to write the figures too")


def run(arguments: argparse.Namespace) -> None:
    """Print a row for each direction, and write the figures if that is asked for.

    Raises `UserError` for a film that cannot be read or divided, and for arguments out of range.
    """
    if not (math.isfinite(arguments.start) and math.isfinite(arguments.stop) and arguments.start < arguments.stop):
        raise UserError(f"--start is {arguments.start:g} and --stop is {arguments.stop:g}; start must be below stop")
    path = Path(arguments.film)
    ends = read_ends(path)
    starts, stops = moving_pictures(ends, path, arguments.columns, arguments.size)
    judge = read_judge(arguments.judge, arguments.crop, DIGITS, torch.device("cpu"))
    if isinstance(judge, str):
        raise UserError(judge)
    table = measured(judge, starts, stops, arguments.stop - arguments.start)
    print(as_text(table))
    if arguments.out:
        how = {"frames": ends.frames, "columns": arguments.columns, "size": int(starts.shape[2])}
        how |= {"samples": starts.shape[1], "start": arguments.start, "stop": arguments.stop, "crop": arguments.crop}
        if path.is_file():
            how["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        # In lists, which `dvc metrics` does not show: these are figures of others.
        write_json(arguments.out, {"table": table, "measured": [how]})


def read_ends(path: Path) -> Ends:
    """The first and the last frame of a film, or of a folder's pictures in the order of their names.

    Raises `UserError` if there are none, they cannot be read, or they differ in size.
    """
    if not path.exists():
        raise UserError(f"{path}: no such film, picture or folder")
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
        if not files:
            raise UserError(f"{path}: holds no pictures ({', '.join(sorted(PICTURES))})")
    first, last, frames = None, None, 0
    for file in files if len(files) == 1 else (files[0], files[-1]):
        try:
            for last in iio.imiter(file):
                first = last if first is None else first
                frames += 1
        except Exception as error:  # each reader behind imageio fails in ways of its own
            raise UserError(f"{file}: cannot be read as a film or a picture ({reason(error)})") from None
    if first is None or last is None:
        raise UserError(f"{path}: has no frames")
    if first.shape != last.shape:
        raise UserError(f"{path}: its first frame has {_size(first)} pixels, its last one {_size(last)}")
    return Ends(_rgb(first), _rgb(last), frames if len(files) == 1 else len(files))


def moving_pictures(ends: Ends, path: Path, columns: int, size: int | None) -> tuple[Image, Image]:
    """The pictures at the beginning and at the end, (directions, samples, size, size, 3) each.

    Of a film these are the columns of its first and last frame, without a first column that does not move: the samples
    as they were. Of a single picture, a strip of one direction, they are its first and its last column. Raises
    `UserError`, which names `path`, if frames do not divide into squares, or nothing moves.
    """
    width = ends.first.shape[1]
    if columns < 1 or (size is not None and size < 1):
        raise UserError(f"--columns is {columns} and --size {size}; allowed: 1 or more")
    side = size or max(width // columns, 1)
    if width != columns * side or ends.first.shape[0] % side:
        raise UserError(
            f"{path}: frames of {_size(ends.first)} pixels; --columns {columns} of --size {side} need a width of "
            f"{columns * side} and a height that is a multiple of {side}"
        )
    cut = -1, side, columns, side, 3
    starts, stops = (frame.reshape(cut).transpose(2, 0, 1, 3, 4) for frame in (ends.first, ends.last))
    if ends.frames == 1:
        starts, stops = starts[:1], stops[-1:]
    elif np.abs(starts[0].astype(float) - stops[0]).mean() < UNMOVED:
        starts, stops = starts[1:], stops[1:]
    if not len(starts) or np.array_equal(starts, stops):
        raise UserError(f"{path}: nothing moves between its beginning and its end")
    return starts, stops


def measured(judge: Judge, starts: Image, stops: Image, distance: float) -> list[dict[str, Any]]:
    """A row for each direction and attribute: the mean change per unit of distance, None where there is none.

    starts, stops: as `moving_pictures` gives them. samples: those in which the attribute could be measured. agree: how
    many of these changed the same way as the mean. relative: the change over the root mean square of all directions'
    changes. Raises `UserError` if nothing could be measured.
    """
    changes = np.stack(
        [
            judge.changes(_tensor(start, judge.channels), _tensor(stop, judge.channels)) / distance
            for start, stop in zip(starts, stops, strict=True)
        ]
    )
    known = np.isfinite(changes)
    if not known.any():
        raise UserError(f"nothing could be measured: {judge.failure}; does --crop leave out what is judged?")
    counts = known.sum(1)
    means = np.where(known, changes, 0).sum(1) / np.maximum(counts, 1)
    agree = (known & (np.sign(changes) == np.sign(means)[:, None]) & (changes != 0)).sum(1)
    typical = np.sqrt(np.square(means).sum(0) / np.maximum((counts > 0).sum(0), 1))
    return [
        {
            "direction": direction + 1,
            "attribute": attribute.name,
            "unit": attribute.unit,
            "signed": attribute.signed,
            "does": attribute.in_words(means[direction, place]) if means[direction, place] else None,
            "change": rounded(means[direction, place]) if counts[direction, place] else None,
            "agree": int(agree[direction, place]),
            "samples": int(counts[direction, place]),
            "relative": rounded(abs(means[direction, place]) / typical[place]) if typical[place] > 0 else None,
        }
        for direction in range(len(means))
        for place, attribute in enumerate(judge.attributes)
    ]


def as_text(table: Sequence[Mapping[str, Any]]) -> str:
    """A line for each direction and a column for each attribute: the change, and in how many samples its sign is."""
    attributes = len({row["attribute"] for row in table})
    head = ["", *(row["attribute"] for row in table[:attributes])]
    units = ["direction", *(row["unit"] for row in table[:attributes])]
    lines = [head, units]
    for place in range(0, len(table), attributes):
        row = table[place : place + attributes]
        lines.append([str(row[0]["direction"]), *map(_cell, row)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)) for line in lines)


def _cell(row: Mapping[str, Any]) -> str:
    if row["change"] is None:
        return "-"
    change = f"{row['change']:+.1f}" if row["signed"] else f"{row['change']:.2f}"
    return f"{change} ({row['agree']} of {row['samples']})"


def _rgb(frame: NDArray[Any]) -> Image:
    """A frame as imageio reads it, grey or in colour, with transparency or without: (height, width, 3) in bytes."""
    colours = frame[..., None] if frame.ndim == 2 else frame
    channels = 3 if colours.shape[2] >= 3 else 1
    levels = colours[..., :channels].astype(float) * 255 / (np.iinfo(frame.dtype).max if frame.dtype.kind == "u" else 1)
    return np.repeat(levels.round().astype(np.uint8), 3 // channels, axis=2)


def _tensor(pictures: Image, channels: int) -> Tensor:
    """Pictures (n, side, side, 3) as a judge of 1 or 3 channels takes them: (n, channels, side, side) in [-1, 1]."""
    images = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images if channels == 3 else images.mean(1, keepdim=True)


def _size(frame: NDArray[Any]) -> str:
    return f"{frame.shape[1]} x {frame.shape[0]}"
