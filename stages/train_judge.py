"""Train what reads the attributes of avatars, by which SeFa's directions are judged."""

import numpy as np
import torch

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_object, write_json
from saddle.core.model_file import save_model
from saddle.core.process import choose_device, use_threads
from saddle.data.images import load_images
from saddle.experiments.reader import accuracies, train_reader
from stages import paths


def main() -> None:
    """Read the avatars and the table of their attributes; write the reader, and how often it is right."""
    settings = load_settings()
    own = settings.images.judge
    use_threads(own.threads)
    data, folder = load_images(paths.images(paths.AVATARS)), paths.images(paths.AVATARS)
    values = read_object(folder / "attributes.json")
    table = read_arrays(folder / "attributes.npz", dict.fromkeys(values, 1))
    labels = torch.from_numpy(np.stack([table[name] for name in values], 1)).long()
    trained, how = len(data.train_images), own.model_dump(exclude={"threads"})
    how |= {"seed": settings.seed, "device": choose_device(settings.device)}
    reader = train_reader(data.train_images, labels[:trained], values, **how)
    correct = accuracies(reader, data.test_images, labels[trained:])
    facts = {"dataset": data.dataset, "seed": settings.seed}
    save_model(paths.model(paths.IMAGES, paths.JUDGE), {"reader": reader}, facts)
    content = {"dataset": data.dataset, "test_accuracy": correct, "images": len(data.test_images)}
    write_json(paths.metrics(paths.IMAGES, paths.JUDGE), content)
