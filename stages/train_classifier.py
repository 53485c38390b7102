"""Train the classifier whose features measure generators of its data: `python -m stages train_classifier mnist`."""

from saddle.config import load_settings
from saddle.core.files import write_json
from saddle.core.model_file import save_model
from saddle.core.process import choose_device, use_threads
from saddle.data.images import load_images
from saddle.experiments.classifier import accuracy, train_classifier, untrained
from saddle.training.checkpoints import Checkpoints, mark_of
from stages import paths


def main(dataset: str) -> None:
    """Read the data; write the classifier and its accuracy, or for data without labels an untrained network."""
    settings = load_settings()
    settings.images.dataset(dataset)
    own, device, name = settings.images.classifier, choose_device(settings.device), paths.classifier(dataset)
    use_threads(own.threads)
    data = load_images(paths.images(dataset))
    relevant = {"experiment": "classifier", **own.model_dump(), "seed": settings.seed, "device": device.type}
    labels = b"" if data.train_labels is None else data.train_labels.numpy().tobytes()
    mark = mark_of(relevant, data.train_images.numpy().tobytes(), labels)
    checkpoints = Checkpoints(paths.unfinished(paths.IMAGES), name, mark, settings.checkpoint_seconds)
    if data.train_labels is None or data.test_labels is None:
        classifier, correct = untrained(data.train_images), None
    else:
        classifier = train_classifier(
            data.train_images,
            data.train_labels,
            classes=len(data.classes),
            **own.model_dump(exclude={"threads"}),
            seed=settings.seed,
            device=device,
            checkpoints=checkpoints,
        )
        correct = accuracy(classifier, data.test_images, data.test_labels).item()
    facts = {"dataset": data.dataset, "seed": settings.seed, "test_accuracy": correct}
    save_model(paths.model(paths.IMAGES, name), {"classifier": classifier}, facts)
    write_json(paths.metrics(paths.IMAGES, name), {"dataset": data.dataset, "test_accuracy": correct})
    checkpoints.remove()
