"""Train the classifier whose features measure the image generators."""

from saddle.config import load_settings
from saddle.core.files import write_json
from saddle.core.model_file import save_model
from saddle.core.process import choose_device, use_threads
from saddle.data.mnist.dataset import load_mnist
from saddle.experiments.classifier import accuracy, train_classifier
from saddle.training.checkpoints import Checkpoints, mark_of
from stages import paths


def main() -> None:
    """Read MNIST; write the classifier and its accuracy."""
    settings = load_settings()
    own, device = settings.mnist.classifier, choose_device(settings.device)
    use_threads(own.threads)
    data = load_mnist(paths.RAW_MNIST)
    relevant = {"experiment": "classifier", **own.model_dump(), "seed": settings.seed, "device": device.type}
    mark = mark_of(relevant, data.train_images.numpy().tobytes(), data.train_labels.numpy().tobytes())
    checkpoints = Checkpoints(paths.unfinished(paths.MNIST), "classifier", mark, settings.checkpoint_seconds)
    classifier = train_classifier(
        data.train_images,
        data.train_labels,
        **own.model_dump(exclude={"threads"}),
        seed=settings.seed,
        device=device,
        checkpoints=checkpoints,
    )
    correct = accuracy(classifier, data.test_images, data.test_labels)
    save_model(paths.CLASSIFIER, {"classifier": classifier}, {"dataset": data.dataset, "seed": settings.seed})
    write_json(paths.metrics(paths.MNIST, "classifier"), {"dataset": data.dataset, "test_accuracy": correct})
    checkpoints.remove()
