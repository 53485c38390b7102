"""Look at the real images with the classifier, and measure training images as if they were generated: the floor."""

import torch

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import load_model
from saddle.core.randomness import torch_generator
from saddle.data.mnist.dataset import load_mnist
from saddle.errors import reports_user_errors
from saddle.metrics.images.features import RealImages, batches, see
from saddle.metrics.images.measuring import ImageProtocol, measure_images
from saddle.metrics.shared.writing import write_metrics
from saddle.networks.classifier.network import SIZE, Classifier


@reports_user_errors
def main() -> None:
    """Read MNIST and the classifier; write what it sees of the real images, and the floor's metrics."""
    settings = load_settings()
    device = choose_device(settings.device)
    data = load_mnist("data/raw/mnist")
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump())
    classifier: Classifier = load_model("data/models/mnist/classifier.safetensors", ("classifier",), device)[
        "classifier"
    ]
    train = see(classifier, batches(data.train_images, SIZE, device))
    real = RealImages.of(train.features, see(classifier, batches(data.test_images, SIZE, device)))

    order = torch.randperm(len(train), generator=torch_generator(settings.seed, "image floor"))
    # In a small data set, half of the training images: the others are what the chosen are held against.
    count = min(protocol.samples, len(train) // 2)
    chosen, others = order[:count], order[count:]
    unchosen = RealImages.of(real.train[others], real.test[: protocol.samples])
    metrics = measure_images(train[chosen], unchosen, protocol, settings.seed)
    real.save("data/features/mnist.npz")
    write_metrics("metrics/mnist/floor.json", {"dataset": data.dataset, **metrics})


if __name__ == "__main__":
    main()
