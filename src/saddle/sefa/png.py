"""PNG files written a few rows at a time, so that a picture need not fit into memory.

The format is that of the PNG Specification, third edition (W3C, 2025), sections 5 (chunks) and 9 (filters).
"""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2}  # grey; red, green, blue
COMPRESSION = 9


def write_png(path: Path, height: int, width: int, channels: int, bands: Iterable[NDArray[np.uint8]]) -> None:
    """Write a picture of 1 or 3 channels. bands: its rows from the top, in arrays (rows, width, channels).

    Raises `ValueError` if a band has another width or number of channels, or if the rows are not `height` in all.
    """
    compressor = zlib.compressobj(COMPRESSION)
    above = np.zeros((width, channels), np.uint8)
    written = 0
    with path.open("wb") as file:
        file.write(SIGNATURE)
        file.write(_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)))
        for band in bands:
            if band.shape[1:] != (width, channels):
                raise ValueError(f"a band has shape {band.shape}; expected (rows, {width}, {channels})")
            file.write(_chunk(b"IDAT", compressor.compress(_filtered(band, above))))
            above = band[-1]
            written += len(band)
        file.write(_chunk(b"IDAT", compressor.flush()))
        file.write(_chunk(b"IEND", b""))
    if written != height:
        raise ValueError(f"the bands have {written} rows; expected {height}")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _filtered(band: NDArray[np.uint8], above: NDArray[np.uint8]) -> bytes:
    """The rows of `band`, each through the filter that suits it best, after a byte that says which.

    The filters are none (0), the difference from the pixel to the left (1) and the difference from the row above (2).
    The best is the one with the smallest sum of absolute values, the bytes read as signed numbers. The specification
    suggests this under "Filter selection".
    """
    left = np.zeros_like(band)
    left[:, 1:] = band[:, :-1]
    candidates = np.stack([band, band - left, band - np.concatenate([above[None], band[:-1]])])
    rows = candidates.reshape(3, len(band), -1)
    best = np.abs(rows.view(np.int8).astype(np.int16)).sum(2, dtype=np.int64).argmin(0)
    chosen = rows[best, np.arange(len(band))]
    return np.column_stack([best.astype(np.uint8), chosen]).tobytes()
