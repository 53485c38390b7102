"""Avatars: drawn faces in colour, 16 pixels a side, of which every attribute is known.

They are of DiceBear's style "Pixel Art" (CC0 1.0, https://www.dicebear.com/styles/pixel-art/): drawings, so nobody's
face. DiceBear chooses every part by a hash of a seed, so the same seed gives the same avatar on every machine.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saddle.errors import UserError
from saddle.rendering.live.progress import progress_bar

SIDE = 16
# Lighter than any skin and darker than the white of eyes.
BACKGROUND = "#f2f0eb"
NONE = "none"
# The attributes: parts of the drawing, under DiceBear's own names, and colours, with DiceBear's name for each.
PARTS = ("hair", "eyes", "mouth", "glasses", "beard", "hat", "clothes", "accessories")
COLOURS = {"hair_colour": "hair", "skin": "skin", "clothes_colour": "clothing"}


@dataclass(frozen=True)
class Avatars:
    """Pictures, and what is on them.

    images: (n, 16, 16, 3) uint8. attributes: of each avatar, (n,) uint8, by the name of the attribute. values: what
    these numbers stand for, in DiceBear's names, by the same name; a part that an avatar may lack has 0 for "none".
    Parts hide each other: a hat some hair, dark glasses the eyes. An attribute says what was drawn, not what is seen.
    """

    images: NDArray[np.uint8]
    attributes: dict[str, NDArray[np.uint8]]
    values: dict[str, list[str]]


def draw_avatars(count: int, *, quiet: bool = False) -> Avatars:
    """The avatars of the seeds "0" to "`count` - 1", about a thousand a second; quiet: no progress bar.

    Raises `UserError` if the packages that draw them are not installed.
    """
    try:
        from dicebear import Avatar, Style
        from resvg_py import svg_to_bytes

        content = files("dicebear_styles").joinpath("pixel-art.json").read_text(encoding="utf-8")
    except ImportError as error:
        raise UserError(
            f"avatars are drawn by packages that are not installed ({error.name}); in the project's folder run: "
            'python -m pip install -e ".[avatars]"'
        ) from None
    definition = json.loads(content)
    style, values = Style(definition), _values(definition)
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    attributes = {name: np.empty(count, np.uint8) for name in values}
    with progress_bar("avatars", count, "avatar", quiet=quiet) as bar:
        for seed in range(count):
            drawn = Avatar(style, {"seed": str(seed), "size": SIDE, "backgroundColor": BACKGROUND}).to_json()
            png = svg_to_bytes(svg_string=drawn["svg"], skip_system_fonts=True)
            images[seed] = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
            for name, choice in _choices(drawn["options"]).items():
                attributes[name][seed] = values[name].index(choice)
            bar.update()
    return Avatars(images, attributes, values)


def _values(definition: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each attribute may be, in the style's own order."""
    parts = {name: definition["components"][name] for name in PARTS}
    return {
        **{name: [NONE] * ("probability" in part) + list(part["variants"]) for name, part in parts.items()},
        **{name: definition["colors"][colour]["values"] for name, colour in COLOURS.items()},
    }


def _choices(options: Mapping[str, Any]) -> dict[str, str]:
    """What each attribute is, of what DiceBear says that it chose."""
    return {
        **{name: options.get(f"{name}Variant", NONE) for name in PARTS},
        **{name: options[f"{colour}Color"][0] for name, colour in COLOURS.items()},
    }


def named_values(
    attributes: Mapping[str, NDArray[np.uint8]], values: Mapping[str, list[str]]
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, list[str]]]:
    """The same table with the values that have names: "long03" and "long11" are "long", a colour stays as it is.

    What has only numbers, as the eyes have ("variant01"), would be one value, and is left out: nobody could name it.
    """
    found, names = {}, {}
    for attribute, own in values.items():
        kinds = [value if value.startswith("#") else value.rstrip("0123456789") for value in own]
        distinct = list(dict.fromkeys(kinds))
        if len(distinct) > 1:
            found[attribute] = np.array([distinct.index(kind) for kind in kinds], np.uint8)[attributes[attribute]]
            names[attribute] = distinct
    return found, names
