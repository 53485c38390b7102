"""A folder of pictures as a data set: every kind of file comes out right, or is named in one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saddle.config.images import FolderData
from saddle.data.folder import read_folder
from saddle.data.images import ImageData, load_images, normalized, save_images
from saddle.errors import UserError

ORANGE = (200, 100, 40)
TURNED = Image.Exif()
TURNED[0x0112] = 6  # the camera was held upright: what is on the left belongs at the top


def read(folder: Path, **settings: Any) -> ImageData:
    own = {"img_size": 8, "channels": 3, "held_out": 0.2, "unreadable": "refuse", **settings}
    return read_folder("mine", FolderData(kind="folder", path=str(folder), **own), seed=0)


def half_clear() -> Image.Image:
    """Orange on the left, clear on the right; the colour there is one that nobody should see."""
    image = Image.new("RGBA", (8, 8), (*ORANGE, 255))
    image.paste((0, 0, 0, 0), (4, 0, 8, 8))
    return image


def left_white() -> Image.Image:
    image = Image.new("RGB", (12, 12), "black")
    image.paste("white", (0, 0, 6, 12))
    return image


# A picture, the file that it becomes, how it is saved, and what its two halves, left and right, are then.
WHITE, BLACK, GREY = (255,) * 3, (0,) * 3, (128,) * 3
PICTURES: dict[str, tuple[Image.Image, str, dict[str, Any], tuple[int, ...], tuple[int, ...]]] = {
    "png": (Image.new("RGB", (30, 20), ORANGE), "a.png", {}, ORANGE, ORANGE),
    "jpeg": (Image.new("RGB", (300, 200), ORANGE), "a.JPG", {"quality": 95}, ORANGE, ORANGE),
    "grey": (Image.new("L", (9, 9), 128), "a.png", {}, GREY, GREY),
    "16 bits": (Image.fromarray(np.full((9, 9), 128 * 257, np.uint16)), "a.png", {}, GREY, GREY),
    "CMYK": (Image.new("RGB", (16, 16), "white").convert("CMYK"), "a.jpg", {}, WHITE, WHITE),
    "clear": (half_clear(), "a.png", {}, ORANGE, WHITE),
    "palette": (half_clear().quantize(4), "a.png", {}, ORANGE, WHITE),
    "animated": (
        Image.new("RGB", (8, 8), ORANGE), "a.gif", {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]},
        ORANGE, ORANGE,
    ),
    "turned": (left_white().rotate(90), "a.jpg", {"exif": TURNED, "quality": 95}, WHITE, BLACK),
    "wide": (left_white().resize((40, 12)), "a.png", {}, WHITE, BLACK),
}  # fmt: skip


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_picture_comes_out_right(kind: str, tmp_path: Path) -> None:
    image, name, options, left, right = PICTURES[kind]
    image.save(tmp_path / name, **options)
    Image.new("L", (8, 8)).save(tmp_path / "z.png")
    for channels, halves in (
        (3, (left, right)),
        (1, [[np.dot(half, (0.299, 0.587, 0.114))] for half in (left, right)]),
    ):
        data = read(tmp_path, channels=channels)
        both = np.stack([np.asarray(part[0]).reshape(8, 8, channels) for part in (data.train_images, data.test_images)])
        picture = both[both.reshape(2, -1).sum(1).argmax()]  # the other is black
        for found, half in ((picture[:, :3], halves[0]), (picture[:, 5:], halves[1])):
            assert np.abs(found - np.array(half)).max() <= 5


def test_the_middle_is_cut_out_and_colours_stay_in_their_channels(tmp_path: Path) -> None:
    wide = Image.new("RGB", (90, 30), "red")
    wide.paste("blue", (30, 0, 60, 30))
    for name in ("a.png", "b.png"):
        wide.save(tmp_path / name)
    seen = normalized(read(tmp_path).train_images, 4)
    assert seen.shape == (1, 3, 4, 4)
    assert seen.mean((0, 2, 3)).tolist() == pytest.approx([-1, -1, 1], abs=0.05)


def test_subfolders_are_labels_and_a_share_is_held_out(tmp_path: Path) -> None:
    for label, grey in (("dogs", 200), ("cats", 50)):
        (tmp_path / label / "more").mkdir(parents=True)
        for number in range(20):
            Image.new("L", (8, 8), grey).save(tmp_path / label / ("more" if number % 2 else "") / f"{number}.png")
    (tmp_path / "cats/notes.txt").write_text("no picture, and not called one")
    save_images(tmp_path / "out", read(tmp_path, channels=1, held_out=0.25))
    data = load_images(tmp_path / "out", grid=3)
    assert (data.dataset, data.classes) == ("mine", ("cats", "dogs"))
    assert (len(data.train_images), len(data.test_images)) == (30, 10)
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert labels is not None
        assert images[:, 0, 0].tolist() == [(50, 200)[label] for label in labels.tolist()]
    one = read(tmp_path / "cats/more", channels=1)
    assert (one.train_labels, one.classes) == (None, ())


def spoilt(folder: Path) -> None:
    """Eight pictures, a text that is called one, and half a JPEG."""
    for number in range(8):
        Image.new("RGB", (64, 64), ORANGE).save(folder / f"{number}.jpg")
    (folder / "text.png").write_text("hello")
    (folder / "half.jpg").write_bytes((folder / "0.jpg").read_bytes()[:500])


def empty_subfolder(folder: Path) -> None:
    for label in ("cats", "dogs"):
        (folder / label).mkdir()
    Image.new("L", (8, 8)).save(folder / "cats/a.png")


BAD = {
    "nothing": (lambda folder: None, "{}: holds no pictures; allowed: files whose names end in .jpg, "),
    "no folder": (lambda folder: folder.rmdir(), "images.datasets.mine.path: {} is not a folder"),
    "one": (
        lambda folder: Image.new("L", (8, 8)).save(folder / "a.png"),
        "{}: holds one picture; allowed: at least two",
    ),
    "spoilt": (spoilt, "{}: cannot read half.jpg ("),
    "empty subfolder": (empty_subfolder, "{}/dogs: holds no pictures"),
    "beside": (
        lambda folder: (spoilt(folder), empty_subfolder(folder)),
        "{}: pictures (0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 5 more) are beside subfolders (cats, dogs)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line_and_skipped_if_a_key_says_so(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, message = BAD[case]
    make(tmp_path)
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert str(error.value).startswith(message.format(tmp_path))
    assert "\n" not in str(error.value)
    if case == "spoilt":
        assert "text.png (cannot identify image file)" in str(error.value)
        assert str(error.value).endswith("or set images.datasets.mine.unreadable to skip")
        data = read(tmp_path, unreadable="skip")
        assert len(data.train_images) + len(data.test_images) == 8
        assert f"\n{tmp_path}: skipped 2 of 10 files: half.jpg (" in capsys.readouterr().err
