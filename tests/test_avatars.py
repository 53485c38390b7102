"""Avatars are what their table of attributes says, and the same each time."""

import json
import sys
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from dicebear import Avatar, Style
from PIL import Image
from resvg_py import svg_to_bytes

from saddle.core.files import read_arrays, read_object
from saddle.data.avatars import BACKGROUND, NONE, Avatars, draw_avatars
from saddle.data.images import load_images
from saddle.errors import UserError
from stages import draw_avatars as drawing
from stages import read_images

COUNT = 60


@pytest.fixture(scope="module")
def avatars() -> Avatars:
    return draw_avatars(COUNT, quiet=True)


def value(avatars: Avatars, name: str, index: int) -> str:
    return avatars.values[name][avatars.attributes[name][index]]


def has_pixel(avatars: Avatars, index: int, colour: str) -> bool:
    return bool((avatars.images[index] == list(bytes.fromhex(colour[1:]))).all(-1).any())


def test_pictures_are_of_16_pixels_in_colour_on_a_plain_background(avatars: Avatars) -> None:
    assert avatars.images.shape == (COUNT, 16, 16, 3)
    assert avatars.images.dtype == np.uint8
    # No part of the style reaches the upper left corner.
    assert all((avatars.images[:, 0, 0] == list(bytes.fromhex(BACKGROUND[1:]))).all(1))
    assert len(np.unique(avatars.images.reshape(COUNT, -1), axis=0)) == COUNT


def test_the_same_seeds_give_the_same_bytes_and_more_begin_with_fewer(avatars: Avatars) -> None:
    again = draw_avatars(COUNT + 1, quiet=True)
    assert (again.images[:COUNT] == avatars.images).all()
    assert all((again.attributes[name][:COUNT] == numbers).all() for name, numbers in avatars.attributes.items())


def test_every_attribute_is_a_number_that_has_a_name(avatars: Avatars) -> None:
    assert set(avatars.attributes) == set(avatars.values)
    for name, numbers in avatars.attributes.items():
        assert numbers.shape == (COUNT,)
        assert numbers.max() < len(avatars.values[name])
    lacking = {name for name, values in avatars.values.items() if values[0] == NONE}
    assert lacking == {"glasses", "beard", "hat", "accessories"}


def test_colours_of_the_table_are_on_the_pictures(avatars: Avatars) -> None:
    for index in range(COUNT):
        assert has_pixel(avatars, index, value(avatars, "clothes_colour", index))
        if value(avatars, "hat", index) == NONE:
            assert has_pixel(avatars, index, value(avatars, "hair_colour", index))


@pytest.mark.parametrize("part", ["glasses", "beard", "hat", "accessories"])
def test_a_part_is_on_exactly_those_pictures_that_the_table_gives_it(avatars: Avatars, part: str) -> None:
    """Drawn once more without the part, only a picture that had it becomes another."""
    style = Style(json.loads(files("dicebear_styles").joinpath("pixel-art.json").read_text(encoding="utf-8")))
    for index in range(COUNT):
        bare = {"seed": str(index), "size": 16, "backgroundColor": BACKGROUND, f"{part}Probability": 0}
        png = svg_to_bytes(svg_string=Avatar(style, bare).to_string())
        differs = (np.asarray(Image.open(BytesIO(png)).convert("RGB")) != avatars.images[index]).any()
        assert differs == (value(avatars, part, index) != NONE)


def test_without_the_packages_one_line_says_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dicebear", None)
    with pytest.raises(UserError, match=r'\(dicebear\); .* python -m pip install -e "\.\[avatars\]"$'):
        draw_avatars(1)


def test_beside_the_images_of_the_stages_lies_their_table(
    avatars: Avatars, params: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params["images"]["datasets"]["avatars"].update(count=COUNT, held_out=0.25)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.chdir(tmp_path)
    drawing.main()
    read_images.main("avatars")
    folder = Path("data/images/avatars")
    data = load_images(folder)
    assert (len(data.train_images), len(data.test_images)) == (45, 15)
    assert (np.concatenate([data.train_images, data.test_images]) == avatars.images).all()
    table = read_arrays(folder / "attributes.npz", dict.fromkeys(avatars.attributes, 1))
    assert all((table[name] == numbers).all() for name, numbers in avatars.attributes.items())
    assert read_object(folder / "attributes.json") == avatars.values
