"""Figures, images and films as pixels and as files. Equal ones give equal bytes.

Animated GIFs are written by Pillow, videos by ffmpeg through imageio.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio.v3 as iio
import matplotlib as mpl
import numpy as np
from imageio_ffmpeg import count_frames_and_secs  # type: ignore[attr-defined]  # public, but not in its __all__
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from saddle.core.files import replacing
from saddle.rendering.shared.style import lettered

if TYPE_CHECKING:
    from torch import Tensor

# No version of Matplotlib and no date is written into a file: equal figures give equal bytes.
ANONYMOUS = {".png": {"Software": None}, ".pdf": {"Creator": None, "Producer": None, "CreationDate": None}}
# What is drawn point by point inside a PDF, as clouds of points are, in dots an inch.
PDF_DPI = 200
NEARLY_WHITE = 248  # of 255
# One thread and no encoder's name in the file, so that equal frames give equal bytes; with `faststart` a browser can
# play the film before all of it is there.
EXACT = ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
MP4 = [*EXACT, "-preset", "slow", "-crf", "20", "-movflags", "+faststart"]


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """A figure as an image, (height, width, 3)."""
    lettered(figure)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def to_uint8(images: "Tensor") -> NDArray[np.uint8]:
    """Images in [-1, 1], whatever lies beyond clipped, as 0 to 255; any shape."""
    levels = (images.float().clamp(-1, 1) + 1) * 127.5
    return levels.round().byte().cpu().numpy()


def write_figure(path: str | Path, figure: Figure) -> None:
    """Write `figure` as a PNG or, by the suffix of `path`, as a PDF; equal figures give equal bytes."""
    suffix = Path(path).suffix
    lettered(figure)
    # Letters of a PDF as TrueType: submission systems refuse Type 3, which is Matplotlib's default.
    with replacing(path) as part, mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(part, metadata=ANONYMOUS.get(suffix), dpi=PDF_DPI if suffix == ".pdf" else "figure")


def write_still(path: str | Path, figure: Figure) -> None:
    """Write `figure` as a PNG to look at, and beside it as a PDF for papers."""
    for suffix in ANONYMOUS:
        write_figure(Path(path).with_suffix(suffix), figure)


def write_image(path: str | Path, image: NDArray[np.uint8]) -> None:
    """Write an image, (height, width) in grey or (height, width, 3), as a PNG."""
    with replacing(path) as part:
        iio.imwrite(part, image)


def write_gif(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    seconds: float = 0.15,
    last_seconds: float = 2.0,
    colours: int = 64,
) -> None:
    """Write `frames`, each (height, width, 3) of one size, as a GIF that runs for ever.

    seconds: how long a frame is shown. last_seconds: how long the last one is. colours: the size of the palette that
    all frames share, at most 256. With a palette for each frame, GIFs of figures are two thirds larger.
    """
    shots = list(frames)
    # One picture of all frames: so each pixel has the colour that was made for it.
    together = Image.fromarray(np.concatenate(shots)).quantize(colours, dither=Image.Dither.NONE)
    palette = np.array(together.getpalette(), np.uint8).reshape(-1, 3)
    # An average of nearly white pixels would make the paper grey.
    brightest = palette[palette.sum(1, dtype=int).argmax()]
    brightest[:] = 255 if brightest.min() >= NEARLY_WHITE else brightest
    together.putpalette(palette.tobytes())
    height, width, _ = shots[0].shape
    first, *others = [together.crop((0, top, width, top + height)) for top in range(0, together.height, height)]
    times = [round(1000 * seconds)] * len(others) + [round(1000 * last_seconds)]
    with replacing(path) as part:
        first.save(part, save_all=True, append_images=others, duration=times, loop=0)


def write_mp4(path: str | Path, frames: Iterable[NDArray[np.uint8]], *, fps: float) -> None:
    """Write `frames`, each (height, width, 3) of one size, both even, as an H.264 video.

    Raises `OSError` if ffmpeg could not write all of it, as on a full disk, which it tells nobody.
    """
    images = list(frames)
    codec: dict[str, Any] = {"codec": "libx264", "pixelformat": "yuv420p", "quality": None, "macro_block_size": 2}
    with replacing(path) as part:
        try:
            iio.imwrite(part, images, plugin="FFMPEG", fps=fps, output_params=MP4, **codec)
            written, _ = count_frames_and_secs(part)
        except (OSError, RuntimeError):
            written = 0
        if written != len(images):
            raise OSError(f"ffmpeg could not write {path}: {written} of {len(images)} frames")
