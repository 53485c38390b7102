"""A folder of pictures, whatever their sizes and formats, as a data set of small squares.

Files are found as torchvision's `ImageFolder` finds them: subfolders, if there are any, are the labels.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from saddle.config.images import FolderData
from saddle.core.process import cores
from saddle.core.randomness import torch_rng
from saddle.data.images import ImageData
from saddle.errors import UserError, reason
from saddle.rendering.live.progress import progress_bar

# Other files, such as notes and thumbnails of a system, are no pictures.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")
MOST_NAMED = 5


def read_folder(name: str, own: FolderData, seed: int) -> ImageData:
    """The pictures in the folder `own.path`; name: of the data set, in params.yaml. seed: chooses the held-out ones.

    Each is a square of `own.img_size` pixels from the middle of its picture, in 8 bits, grey or in colour; what is
    transparent is white, and of an animation it is the first frame. Labels are None unless there are two subfolders.

    Raises `UserError` if there are no pictures, none in a subfolder, some beside subfolders, or unreadable ones, which
    are named on stderr instead if they are to be skipped.
    """
    folder, key = Path(own.path), f"images.datasets.{name}"
    if not folder.is_dir():
        raise UserError(f"{key}.path: {folder} is not a folder")
    classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if classes and (beside := sorted(path.name for path in folder.iterdir() if _is_picture(path))):
        raise UserError(
            f"{folder}: pictures ({_listed(beside)}) are beside subfolders ({_listed(classes)}), which are labels; put "
            "every picture into one of them, or none"
        )
    places = [folder / label for label in classes] or [folder]
    found = [(path, label) for label, place in enumerate(places) for path in sorted(place.rglob("*"))]
    found = [(path, label) for path, label in found if _is_picture(path)]
    read = []
    # Pillow lets other threads run while it decodes.
    with ThreadPoolExecutor(cores()) as pool, progress_bar(name, len(found), "picture") as bar:
        for one in pool.map(lambda pair: (*pair, _square(pair[0], own.img_size, own.channels)), found):
            read.append(one)
            bar.update()
    if bad := [f"{path.relative_to(folder)} ({why})" for path, _, why in read if isinstance(why, str)]:
        if own.unreadable == "refuse":
            raise UserError(f"{folder}: cannot read {_listed(bad)}; take them away, or set {key}.unreadable to skip")
        print(f"{folder}: skipped {len(bad)} of {len(found)} files: {_listed(bad)}", file=sys.stderr)
    squares = [square for _, _, square in read if not isinstance(square, str)]
    labels = torch.tensor([label for _, label, square in read if not isinstance(square, str)])
    for label, place in enumerate(places):
        if label not in labels:
            raise UserError(f"{place}: holds no pictures; allowed: files whose names end in {', '.join(SUFFIXES)}")
    if len(squares) < 2:
        raise UserError(f"{folder}: holds one picture; allowed: at least two, of which one is held out")
    images = torch.from_numpy(np.stack(squares))
    order = torch.randperm(len(images), generator=torch_rng(seed, "held-out pictures"))
    count = min(max(round(own.held_out * len(images)), 1), len(images) - 1)
    test, train = order[:count], order[count:]
    if len(classes) < 2:
        return ImageData(images[train], None, images[test], None, name)
    return ImageData(images[train], labels[train], images[test], labels[test], name, tuple(classes))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def _square(path: Path, size: int, channels: int) -> NDArray[np.uint8] | str:
    """The middle of a picture, (size, size) or (size, size, 3); or why there is none, in words."""
    try:
        with Image.open(path) as file:
            # A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough.
            file.draft(None, (2 * size, 2 * size))
            image = _in_bytes(ImageOps.exif_transpose(file)).convert("L" if channels == 1 else "RGB")
            return np.asarray(ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS))
    except Exception as error:  # Pillow has many types for damaged files, and so have the libraries that it uses
        return reason(error).replace(f" {str(path)!r}", "")


def _in_bytes(image: Image.Image) -> Image.Image:
    """With 8 bits a channel, and white where it is transparent."""
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is not known")
    if image.mode.startswith("I"):  # 16 bits; Pillow would cut them off at 255
        image = Image.fromarray((np.asarray(image) / 257).clip(0, 255).round().astype(np.uint8))
    if not image.has_transparency_data:
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
