"""Draw avatars into data/raw/avatars, with a table of what is on each: `attributes.npz`, in words `attributes.json`."""

import torch

from saddle.config import load_settings
from saddle.config.images import AvatarsData
from saddle.core.files import write_arrays, write_json
from saddle.data.avatars import draw_avatars
from saddle.data.images import ImageData, save_images
from saddle.errors import UserError
from stages import paths

NAME = "avatars"


def main() -> None:
    """Write the avatars, those that are trained on first, and the table in their order."""
    own = load_settings().images.dataset(NAME)
    if not isinstance(own, AvatarsData):
        raise UserError(f"images.datasets.{NAME}.kind is {own.kind!r}; allowed, to draw them: avatars")
    avatars = draw_avatars(own.count)
    test = min(max(round(own.held_out * own.count), 1), own.count - 1)
    train_images, test_images = torch.from_numpy(avatars.images).split([own.count - test, test])
    save_images(paths.RAW_AVATARS, ImageData(train_images, None, test_images, None, NAME))
    write_arrays(paths.RAW_AVATARS / "attributes.npz", avatars.attributes)
    write_json(paths.RAW_AVATARS / "attributes.json", avatars.values)
