"""Measure one image variant: `python -m stages evaluate_mnist dcgan`."""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import load_model
from saddle.core.process import use_threads
from saddle.core.score import Score
from saddle.data.mnist.dataset import load_mnist
from saddle.metrics.images.features import RealImages
from saddle.metrics.images.measuring import ImageProtocol, measure_trained
from saddle.metrics.shared.writing import write_metrics
from stages import paths


def main(variant: str) -> None:
    """Read the model, the classifier, MNIST and the features of its real images; write the metrics."""
    settings = load_settings()
    use_threads(settings.mnist.evaluation.threads)
    settings.mnist.variant(variant)
    device = choose_device(settings.device)
    data = load_mnist(paths.RAW_MNIST)
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump(exclude={"threads"}))
    model = load_model(paths.model(paths.MNIST, variant), ("generator", "discriminator"), device)
    metrics = measure_trained(
        model["generator"],
        model["discriminator"],
        Score.of_facts(model.facts.get("score"), paths.model(paths.MNIST, variant)),
        load_model(paths.CLASSIFIER, ("classifier",), device)["classifier"],
        data.test_images,
        RealImages.load(paths.REAL_FEATURES),
        protocol,
        settings.seed,
    )
    write_metrics(paths.metrics(paths.MNIST, variant), {"dataset": data.dataset, **metrics})
