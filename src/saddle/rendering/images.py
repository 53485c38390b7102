"""Pictures of an image variant: grids of samples, and the curves of its training."""

import math
from collections.abc import Iterator, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from saddle.rendering.shared.style import GENERATED, MARK, RC, REAL, fit, font, moments

Images = NDArray[np.uint8]

GAP = 2  # pixels between two images
CAPTION, LETTERS = 24, 14  # pixels of height
PAPER, INK = 255, 30


def grid(images: Images, columns: int, scale: int = 1) -> NDArray[np.uint8]:
    """Tile `images` (n, channels, height, width), row by row, into one picture (height, width, 3).

    scale: each pixel becomes a square of that side: small digits stay sharp. Missing last places are white.
    """
    if images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    tiles = images.transpose(0, 2, 3, 1).repeat(scale, axis=1).repeat(scale, axis=2)
    count, height, width, _ = tiles.shape
    rows = math.ceil(count / columns)
    picture = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), PAPER, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = GAP + index // columns * (height + GAP), GAP + index % columns * (width + GAP)
        picture[top : top + height, left : left + width] = tile
    return picture


def captioned(picture: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """`picture` with a line of text above it, in smaller letters if it is long."""
    canvas = ImageOps.expand(Image.fromarray(picture), (0, CAPTION, 0, 0), fill=(PAPER,) * 3)
    size = min(LETTERS, int(LETTERS * (canvas.width - 2 * GAP) / max(1, font(LETTERS, text).getlength(text))))
    middle = (canvas.width / 2, CAPTION / 2)
    ImageDraw.Draw(canvas).text(middle, text, fill=(INK,) * 3, font=font(size, text), anchor="mm")
    return np.asarray(canvas)


def beside(pictures: Sequence[NDArray[np.uint8]], gap: int = 12) -> NDArray[np.uint8]:
    """Pictures of one height side by side."""
    space = np.full((pictures[0].shape[0], gap, 3), PAPER, np.uint8)
    parts = [part for picture in pictures for part in (picture, space)]
    return np.concatenate(parts[:-1], axis=1)


def grid_frames(snapshots: Images, times: Sequence[str], scale: int, title: str) -> Iterator[NDArray[np.uint8]]:
    """One grid a snapshot, with title and time above it; snapshots: (time, n, channels, height, width)."""
    columns = math.isqrt(snapshots.shape[1])
    for images, time in zip(snapshots, times, strict=True):
        yield captioned(grid(images, columns, scale), f"{title}, {time}")


def strip(snapshots: Images, times: Sequence[str], title: str, scale: int = 1, count: int = 6) -> NDArray[np.uint8]:
    """`count` grids in two rows, closer together at the beginning of the run, where it changes fast; `title` above.

    In one row they would be so wide that a page shows them, and their captions, too small.
    """
    chosen, columns = moments(len(snapshots), count), math.isqrt(snapshots.shape[1])
    grids = [captioned(grid(snapshots[index], columns, scale), times[index]) for index in chosen]
    grids += [np.full_like(grids[0], PAPER)] * (len(grids) % 2)
    half = len(grids) // 2
    return captioned(np.concatenate([beside(grids[:half]), beside(grids[half:])]), title)


def real_and_fake(real: Images, fake: Images, scale: int, title: str) -> NDArray[np.uint8]:
    """As many real images on the left as those on the right, which `title` generated."""
    columns = math.isqrt(len(fake))
    sides = (("real", real), (f"generated, {title}", fake))
    return beside([captioned(grid(images, columns, scale), name) for name, images in sides])


def training_curves(
    log: pd.DataFrame, title: str, *, score: str, is_probability: bool, equilibrium: float | None
) -> Figure:
    """Both losses, and what the discriminator says of real and of generated images, over the steps.

    log: its columns step, d_loss, g_loss, d_real and d_fake. score: what the discriminator's figures are called.
    A probability is drawn on [0, 1]; any other score may lie anywhere. equilibrium: the score at which real and
    generated images can no longer be told apart, drawn as a broken line; None if there is none.
    """
    with mpl.rc_context(RC):
        figure = Figure(figsize=(9.0, 3.6), layout=ConstrainedLayoutEngine(wspace=0.06))
        fit(figure.get_figwidth(), figure.suptitle(title))
        losses, scores = figure.subplots(1, 2)
        losses.plot(log["step"], log["d_loss"], color=REAL, label="discriminator")
        losses.plot(log["step"], log["g_loss"], color=GENERATED, label="generator")
        losses.set_ylabel("loss")
        if equilibrium is not None:
            scores.axhline(equilibrium, color=MARK, linewidth=1, linestyle="--", label=f"equilibrium, {equilibrium:g}")
        scores.plot(log["step"], log["d_real"], color=REAL, label="real")
        scores.plot(log["step"], log["d_fake"], color=GENERATED, label="generated")
        if is_probability:
            scores.set_ylim(0, 1)
        scores.set_ylabel(score)
        for axes in (losses, scores):
            axes.set_xlabel("step")
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.xaxis.set_major_formatter("{x:,.0f}")
            # Above the curves, which may be anywhere.
            axes.legend(fontsize=9, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
        return figure
