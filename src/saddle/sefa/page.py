"""The page: one HTML file with all images inside, to explore the directions in a browser, offline."""

import base64
import html
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddle.files import replacing
from saddle.sefa.lettering import as_picture, distance_labels, resized
from saddle.sefa.meaning import Meaning
from saddle.sefa.table import description, finding_row, rounded
from saddle.sefa.traversal import Traversal

# Larger images are shown smoothly, smaller ones with their pixels.
PIXELATED_BELOW = 65
WEBP_QUALITY = 82


@dataclass(frozen=True)
class Page:
    """What the page shows.

    title: the generator's name. resolution: pixels of a side as the generator draws. eigenvalues: all of them,
    descending. meaning: None if it was not measured, and then `why_not` says why. image_size: larger images are
    averaged down to so many pixels a side.
    """

    title: str
    resolution: int
    eigenvalues: Sequence[float]
    meaning: Meaning | None
    why_not: str
    seed: int
    image_size: int


def write_page(path: str | Path, page: Page, traversals: Sequence[Traversal]) -> None:
    """Write the page for `traversals`, one for each direction; equal content gives equal bytes."""
    template = files("saddle.sefa") / "template"
    parts = {
        "title": html.escape(page.title),
        "style": (template / "page.css").read_text(encoding="utf-8"),
        "script": (template / "page.js").read_text(encoding="utf-8"),
        # No "<": text in the data must not end the element that holds it.
        "data": json.dumps(_data(page, traversals), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
    }
    text = (template / "page.html").read_text(encoding="utf-8")
    with replacing(path) as part:
        part.write_text(re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], text), encoding="utf-8")


def _data(page: Page, traversals: Sequence[Traversal]) -> dict[str, Any]:
    """What the script reads; images are [direction][sample][distance]."""
    side = min(traversals[0].side, page.image_size)
    distances = traversals[0].distances
    return {
        "distances": distances,
        "labels": distance_labels(distances),
        "eigenvalues": [rounded(value) for value in page.eigenvalues],
        "directions": [_direction(page.meaning, index) for index in range(len(traversals))],
        "meaning": _meaning(page.meaning) if page.meaning else None,
        "why_not": page.why_not,
        "image_size": side,
        "pixelated": side < PIXELATED_BELOW,
        "about": _about(page, side, traversals[0].samples),
        "images": [
            [
                [_data_uri(resized(traversal.image(sample, step), side)) for step in range(len(distances))]
                for sample in range(traversal.samples)
            ]
            for traversal in traversals
        ],
    }


def _direction(meaning: Meaning | None, index: int) -> dict[str, Any]:
    if meaning is None:
        return {"name": None}
    return {"name": meaning.name(index), "findings": [finding_row(finding) for finding in meaning.findings[index]]}


def _meaning(meaning: Meaning) -> dict[str, Any]:
    attributes = [
        {
            "description": attribute.description,
            "rms": rounded(reference.rms),
            "low": rounded(reference.low),
            "high": rounded(reference.high),
        }
        for attribute, reference in meaning.pairs()
    ]
    return {"attributes": attributes, "method": description(meaning)}


def _about(page: Page, side: int, samples: int) -> str:
    shrunk = f", averaged down to {side} × {side} in this page" if side < page.resolution else ""
    return (
        f"{samples} {'sample' if samples == 1 else 'samples'} drawn with seed {page.seed} from a latent space of "
        f"{len(page.eigenvalues)} dimensions; images of {page.resolution} × {page.resolution} pixels{shrunk}. "
        "Method: Shen and Zhou, Closed-Form Factorization of Latent Semantics in GANs, 2021."
    )


def _data_uri(image: NDArray[np.uint8]) -> str:
    """An image (h, w, c) as a data URI: PNG for grey ones, WebP for colour, where PNG would be many times larger."""
    buffer = io.BytesIO()
    if image.shape[2] == 1:
        kind = "png"
        as_picture(image).save(buffer, "PNG", optimize=True)
    else:
        kind = "webp"
        as_picture(image).save(buffer, "WEBP", quality=WEBP_QUALITY, method=6)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
