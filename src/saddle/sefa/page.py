"""The page: one HTML file that holds all images, to explore the directions in a browser, offline too."""

import base64
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saddle.config.sefa import SefaSettings
from saddle.core.files import replacing, rounded
from saddle.sefa.meaning import Meaning, description, finding_row
from saddle.sefa.pictures import distance_labels, resized

# The browser enlarges images of fewer pixels a side by whole pixels and without smoothing, so that each can be seen.
PIXELATED_BELOW = 65
# Fewer than so many and colours are kept as they are, not as a compression for photographs leaves them.
EXACT_BELOW = 33
WEBP_QUALITY = 82
# Samples to choose from in a page, where the images are so small that it stays below a few megabytes: at most so many
# pixels in all of them.
POOL, MOST_PIXELS = 20, 6_000_000


def pool_size(shown: int, images_each: int, side: int) -> int:
    """How many samples a page holds: more than the `shown` ones if they are soon drawn.

    images_each: of one sample. side: pixels a side that the generator draws, as many as the page shows or more.
    """
    return max(shown, min(POOL, MOST_PIXELS // (images_each * side**2)))


class Page(NamedTuple):
    """What the page shows besides the images.

    title: what the generator is called. resolution: pixels a side of the images that it draws. eigenvalues: all of
    them, largest first. meaning: or why it was not measured. settings: how the samples were drawn. layers: what the
    directions were factorized from, in words; None for a generator's first layer. links: to the pages of all choices of
    layers, by what they are in words; empty for the page itself; none if there is one choice.
    """

    title: str
    resolution: int
    eigenvalues: Sequence[float]
    meaning: Meaning | str
    settings: SefaSettings
    layers: str | None
    links: Mapping[str, str]


# Of one direction, by sample and distance: data URIs.
Images = Sequence[Sequence[str]]


def page_images(images: NDArray[np.uint8], most: int) -> Images:
    """The images of one direction as the page holds them; those of more than `most` pixels a side averaged down."""
    side = min(images.shape[2], most)
    return [[_data_uri(resized(image, side)) for image in row] for row in images]


def write_page(path: str | Path, page: Page, distances: Sequence[float], images: Sequence[Images]) -> None:
    """Write the page; images: those of each direction. Equal content gives equal bytes."""
    template = files("saddle.sefa") / "template"
    parts = {
        "title": html.escape(page.title),
        "style": (template / "page.css").read_text(encoding="utf-8"),
        "script": (template / "page.js").read_text(encoding="utf-8"),
        # Without "<", so that no text in the data can end the element that holds them.
        "data": json.dumps(_data(page, distances, images), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
    }
    text = (template / "page.html").read_text(encoding="utf-8")
    with replacing(path) as part:
        part.write_text(re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], text), encoding="utf-8")


def _data(page: Page, distances: Sequence[float], images: Sequence[Images]) -> dict[str, Any]:
    """What the page's script reads. Images are indexed by direction, sample and distance, in this order."""
    side = min(page.resolution, page.settings.strip_size, page.settings.page_size)
    shrunk = f", averaged down to {side} × {side} in this page" if side < page.resolution else ""
    samples = f"{len(images[0])} {'sample' if len(images[0]) == 1 else 'samples'}"
    return {
        "distances": distances,
        "labels": distance_labels(distances),
        "eigenvalues": [rounded(value) for value in page.eigenvalues],
        "directions": [_direction(page.meaning, index) for index in range(len(images))],
        "meaning": _meaning(page.meaning) if isinstance(page.meaning, Meaning) else None,
        "why_not": "" if isinstance(page.meaning, Meaning) else page.meaning,
        "image_size": side,
        "pixelated": side < PIXELATED_BELOW,
        "shown": page.settings.num_samples,
        "links": [{"words": words, "href": href} for words, href in page.links.items()],
        "factorized": f"the styles of {page.layers}" if page.layers else "the generator’s first layer",
        "about": f"{samples} drawn with seed {page.settings.seed} from a latent space of {len(page.eigenvalues)} "
        f"dimensions; images of {page.resolution} × {page.resolution} pixels{shrunk}. "
        "Method: Shen and Zhou, Closed-Form Factorization of Latent Semantics in GANs, 2021.",
        "images": images,
    }


def _direction(meaning: Meaning | str, index: int) -> dict[str, Any]:
    if isinstance(meaning, str):
        return {"name": None}
    return {
        "name": meaning.name(index),
        "sizes": meaning.sizes(index),
        "named_after": [finding.attribute.name for finding in meaning.strongest(index)],
        "findings": [finding_row(finding) for finding in meaning.findings[index]],
    }


def _meaning(meaning: Meaning) -> dict[str, Any]:
    attributes = [
        {
            "description": attribute.description,
            "rms": rounded(reference.rms),
            "low": rounded(reference.low),
            "high": rounded(reference.high),
        }
        for attribute, reference in meaning.attributes()
    ]
    return {"attributes": attributes, "method": description(meaning)}


def _data_uri(image: Image.Image) -> str:
    """An image as a data URI: PNG if it is grey or small, else WebP, since colours take many times more as PNG."""
    buffer = io.BytesIO()
    exact = image.mode == "L" or image.width < EXACT_BELOW
    kind, how = ("png", {"optimize": True}) if exact else ("webp", {"quality": WEBP_QUALITY, "method": 6})
    image.save(buffer, kind, **how)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
