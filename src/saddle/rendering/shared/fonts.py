"""The letters of pictures that Matplotlib does not draw."""

from functools import cache
from pathlib import Path

import matplotlib as mpl
from PIL import ImageFont


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at `size` pixels. It comes with Matplotlib, so every machine has the same one."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)
