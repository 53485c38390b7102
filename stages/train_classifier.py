"""Train the classifier whose features measure the image generators."""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import save_model
from saddle.data.mnist.dataset import load_mnist
from saddle.errors import reports_user_errors
from saddle.files import write_json
from saddle.networks.classifier.training import accuracy, train_classifier


@reports_user_errors
def main() -> None:
    """Read MNIST; write the classifier and its accuracy."""
    settings = load_settings()
    device = choose_device(settings.device)
    data = load_mnist("data/raw/mnist")
    classifier = train_classifier(
        data.train_images,
        data.train_labels,
        **settings.mnist.classifier.model_dump(),
        seed=settings.seed,
        device=device,
    )
    correct = accuracy(classifier, data.test_images, data.test_labels)
    facts = {"dataset": data.dataset, "seed": settings.seed}
    save_model("data/models/mnist/classifier.safetensors", {"classifier": classifier}, facts)
    write_json("metrics/mnist/classifier.json", {"dataset": data.dataset, "test_accuracy": correct})


if __name__ == "__main__":
    main()
