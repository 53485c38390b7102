"""Films through ffmpeg, which comes with the package imageio-ffmpeg."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[attr-defined]  # public, but not in its __all__
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
    Equal frames give equal bytes. Raises `ValueError` if there is no frame, `OSError` if ffmpeg fails, as on a full
    disk: its exit code says so, and the package's own writer does not look at that.
    """
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise ValueError("a film needs at least one frame")
    height, width, _ = first.shape
    rate = Fraction(fps).limit_denominator()
    source = ["-f", "rawvideo", "-vcodec", "rawvideo", "-s", f"{width}x{height}", "-pix_fmt", "rgb24", "-r", str(rate)]
    target = ["-an", "-vcodec", codec, "-pix_fmt", pixels, "-v", "error", *EXACT, *parameters]
    with replacing(path) as part, tempfile.TemporaryFile() as said:
        command = [get_ffmpeg_exe(), "-y", *source, "-i", "-", *target, str(part)]
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        assert encoder.stdin is not None
        try:
            with encoder.stdin as pipe:
                for frame in chain([first], remaining):
                    pipe.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError:
            pass  # it has ended before its time, and says why below
        finally:
            code = encoder.wait()
        if code != 0 or not part.is_file() or part.stat().st_size == 0:
            said.seek(0)
            first_line = said.read().decode(errors="replace").partition("\n")[0]
            reason = first_line.rpartition("] ")[2] or f"exit code {code}"
            raise OSError(f"ffmpeg could not write {path}: {reason}")
