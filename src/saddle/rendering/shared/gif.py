"""Animated GIFs."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.rendering.shared.ffmpeg import encode

# Times are in hundredths of a second, GIF's unit. One palette for all frames, made from all of them.
FILTER = (
    "settb=1/100,setpts=N*{delay:g},split[a][b];"
    "[a]palettegen=max_colors={colours}:stats_mode=full:reserve_transparent=0[p];[b][p]paletteuse=dither={dither}"
)


def write_gif(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    seconds: float = 0.15,
    last_seconds: float | None = 2.0,
    colours: int = 64,
    dither: bool = False,
) -> None:
    """Write `frames`, each (height, width, 3) of one size, as a GIF that runs for ever.

    seconds: how long a frame is shown. last_seconds: how long the last one is; None: as long as the others. colours:
    the size of the palette that all frames share, at most 256. dither: photographs need it; flat areas and the few
    greys of digits are better and smaller without. Equal frames give equal bytes.

    Raises `ValueError` if there is no frame, `OSError` if the encoder fails.
    """
    rest = seconds if last_seconds is None else last_seconds
    method = "bayer:bayer_scale=4" if dither else "none"
    palette = FILTER.format(delay=100 * seconds, colours=colours, dither=method)
    parameters = ["-filter_complex", palette, "-fps_mode", "passthrough", "-final_delay", str(round(100 * rest))]
    encode(path, frames, fps=1 / seconds, codec="gif", pixels="pal8", parameters=parameters)
