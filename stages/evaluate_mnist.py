"""Measure one image variant: `python -m stages.evaluate_mnist dcgan`."""

from saddle.config import ImageVariantName, load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import load_model
from saddle.data.mnist.dataset import load_mnist
from saddle.errors import reports_user_errors
from saddle.metrics.images.features import RealImages, batches, see
from saddle.metrics.images.measuring import ImageProtocol, generated_batches, mean_score, measure_images
from saddle.metrics.shared.writing import write_metrics
from saddle.networks.classifier.network import Classifier
from saddle.training.objectives import OBJECTIVES
from stages.variant import chosen_variant


@reports_user_errors
def main() -> None:
    """Read the model, the classifier and what it sees of the real images, and MNIST; write the metrics."""
    variant = chosen_variant(ImageVariantName)
    settings = load_settings()
    device = choose_device(settings.device)
    data = load_mnist("data/raw/mnist")
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump())
    classifier: Classifier = load_model("data/models/mnist/classifier.safetensors", ("classifier",), device)[
        "classifier"
    ]
    real = RealImages.load("data/features/mnist.npz").first(protocol.samples)
    model = load_model(f"data/models/mnist/{variant}.safetensors", ("generator", "discriminator"), device)
    generator, discriminator = model["generator"], model["discriminator"]
    generated = list(generated_batches(generator, protocol.samples, settings.seed, device))
    metrics = measure_images(see(classifier, generated), real, protocol, settings.seed)

    objective = OBJECTIVES[model.facts["objective"]]
    test = batches(data.test_images[: protocol.samples], generator.sample_shape[-1], device)
    metrics["d_real"] = mean_score(discriminator, objective, test)
    metrics["d_fake"] = mean_score(discriminator, objective, generated)
    write_metrics(f"metrics/mnist/{variant}.json", {"dataset": data.dataset, **metrics})


if __name__ == "__main__":
    main()
