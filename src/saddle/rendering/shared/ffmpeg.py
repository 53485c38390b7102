"""Films through ffmpeg, which comes with the package imageio-ffmpeg."""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from imageio_ffmpeg import write_frames  # type: ignore[attr-defined]  # public, but not in its __all__
from numpy.typing import NDArray

from saddle.files import replacing

# One thread and no encoder's name in the file: equal frames give equal bytes.
EXACT = ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]


def encode(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    fps: float,
    codec: str,
    pixels: str,
    parameters: Sequence[str],
) -> None:
    """Send `frames`, each (height, width, 3) of one size, to ffmpeg, one after the other; only one is in memory here.

    codec, pixels: ffmpeg's names of the encoder and of its pixel format. parameters: further ones of its output.
    Equal frames give equal bytes. Raises `ValueError` if there is no frame, `OSError` if ffmpeg fails.
    """
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise ValueError("a film needs at least one frame")
    height, width, _ = first.shape
    with replacing(path) as part:
        encoder = write_frames(
            str(part),
            (width, height),
            fps=fps,
            codec=codec,
            pix_fmt_out=pixels,
            quality=None,
            macro_block_size=1,
            ffmpeg_log_level="error",
            output_params=[*EXACT, *parameters],
        )
        try:
            encoder.send(None)
            for frame in chain([first], remaining):
                encoder.send(np.ascontiguousarray(frame))
        finally:
            encoder.close()
        if not part.is_file() or part.stat().st_size == 0:
            raise OSError(f"{path}: ffmpeg wrote no file")
