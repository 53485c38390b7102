"""Train the classifier whose features measure the image generators."""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import save_model
from saddle.data.mnist.dataset import load_mnist
from saddle.files import write_json
from saddle.networks.classifier.training import accuracy, train_classifier
from stages import paths


def main() -> None:
    """Read MNIST; write the classifier and its accuracy."""
    settings = load_settings()
    data = load_mnist(paths.RAW_MNIST)
    classifier = train_classifier(
        data.train_images,
        data.train_labels,
        **settings.mnist.classifier.model_dump(),
        seed=settings.seed,
        device=choose_device(settings.device),
    )
    correct = accuracy(classifier, data.test_images, data.test_labels)
    save_model(paths.CLASSIFIER, {"classifier": classifier}, {"dataset": data.dataset, "seed": settings.seed})
    write_json(paths.metrics(paths.MNIST, "classifier"), {"dataset": data.dataset, "test_accuracy": correct})
