"""Train what reads the attributes of avatars, by which SeFa's directions are judged."""

import numpy as np
import torch

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_object, write_json
from saddle.core.model_file import save_model
from saddle.core.process import choose_device, use_threads
from saddle.data.avatars import named_values
from saddle.data.images import load_images
from saddle.experiments.classifier import accuracy, train_classifier
from stages import paths


def main() -> None:
    """Read the avatars and the table of their attributes; write the reader, and how often it is right."""
    settings = load_settings()
    own, folder = settings.images.classifier, paths.images(paths.AVATARS)
    use_threads(own.threads)
    data, drawn = load_images(folder), read_object(folder / "attributes.json")
    table, values = named_values(read_arrays(folder / "attributes.npz", dict.fromkeys(drawn, 1)), drawn)
    trained, labels = len(data.train_images), torch.from_numpy(np.stack([table[name] for name in values], 1))
    how = {**own.model_dump(exclude={"threads"}), "seed": settings.seed, "device": choose_device(settings.device)}
    reader = train_classifier(data.train_images, labels[:trained], classes=values, **how)
    correct = accuracy(reader, data.test_images, labels[trained:]).tolist()
    facts = {"dataset": data.dataset, "seed": settings.seed}
    save_model(paths.model(paths.IMAGES, paths.JUDGE), {"reader": reader}, facts)
    content = {"dataset": data.dataset, "test_accuracy": dict(zip(values, correct, strict=True))}
    write_json(paths.metrics(paths.IMAGES, paths.JUDGE), content)
