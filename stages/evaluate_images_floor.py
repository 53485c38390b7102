"""Measure real images as if they were generated, the floor: `python -m stages evaluate_images_floor mnist`."""

import torch

from saddle.config import load_settings
from saddle.core.files import write_metrics
from saddle.core.model_file import load_model
from saddle.core.process import choose_device, use_threads
from saddle.core.randomness import torch_rng
from saddle.data.images import load_images
from saddle.metrics.images.features import RealImages, batches, extract_features
from saddle.metrics.images.measuring import ImageProtocol, measure_images
from saddle.networks.classifier import Classifier
from stages import paths


def main(dataset: str) -> None:
    """Read the data and their classifier; write the features of the real images, and the floor's metrics."""
    settings = load_settings()
    settings.images.dataset(dataset)
    use_threads(settings.images.evaluation.threads)
    device = choose_device(settings.device)
    data = load_images(paths.images(dataset))
    protocol = ImageProtocol(**settings.images.evaluation.model_dump(exclude={"threads"}))
    file = paths.model(paths.IMAGES, paths.classifier(dataset))
    classifier: Classifier = load_model(file, ("classifier",), device)["classifier"]
    train, test = (
        extract_features(classifier, batches(images, classifier.size, device))
        for images in (data.train_images, data.test_images)
    )
    real = RealImages.of(train.features, test)

    order = torch.randperm(len(train), generator=torch_rng(settings.seed, "image floor"))
    count = real.floor_size(protocol.samples)
    chosen, others = order[:count], order[count:]
    unchosen = RealImages.of(real.train[others], real.test[: protocol.samples])
    metrics = measure_images(train[chosen], unchosen, protocol, settings.seed)
    real.save(paths.real_features(dataset))
    write_metrics(paths.metrics(paths.IMAGES, paths.floor(dataset)), {"dataset": data.dataset, **metrics})
