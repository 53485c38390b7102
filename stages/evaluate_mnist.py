"""Measure one image variant, or real training images as the floor: `python -m stages.evaluate_mnist dcgan`."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from saddle.config import ImageVariantName, load_settings
from saddle.data.mnist import load_mnist, normalized
from saddle.errors import reports_user_errors
from saddle.files import write_json
from saddle.metrics.images import BATCH, ImageProtocol, generated_batches, mean_score, measure_images, see
from saddle.models.classifier import SIZE, Classifier
from saddle.models.files import load_model
from saddle.randomness import torch_generator
from saddle.training.device import choose_device
from saddle.training.objectives import OBJECTIVES
from stages.variant import chosen_variant

Measured = Literal["floor", ImageVariantName]


@reports_user_errors
def main() -> None:
    """Read MNIST, the classifier and the model; write the metrics."""
    what = chosen_variant(Measured)
    settings = load_settings()
    device = choose_device(settings.device)
    data = load_mnist("data/raw/mnist")
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump())
    classifier: Classifier = load_model("data/models/mnist/classifier.safetensors", ("classifier",), device)[
        "classifier"
    ]
    test = see(classifier, batches(data.test_images[: protocol.samples], SIZE, device))
    train = see(classifier, batches(data.train_images, SIZE, device))

    if what == "floor":
        held_back = torch.randperm(len(train), generator=torch_generator(settings.seed, "image floor"))
        chosen, others = held_back[: protocol.samples], held_back[protocol.samples :]
        metrics = measure_images(train[chosen], test, train[others], protocol, settings.seed)
    else:
        model = load_model(f"data/models/mnist/{what}.safetensors", ("generator", "discriminator"), device)
        generator = model["generator"]
        generated = list(generated_batches(generator, protocol.samples, settings.seed, device))
        fake = see(classifier, generated)
        metrics = measure_images(fake, test, train, protocol, settings.seed)
        objective = OBJECTIVES[model.facts["objective"]]
        discriminator = model["discriminator"]
        size = generator.sample_shape[-1]
        real = batches(data.test_images[: protocol.samples], size, device)
        metrics["d_real"] = mean_score(discriminator, objective, real)
        metrics["d_fake"] = mean_score(discriminator, objective, generated)
    rounded = {name: float(f"{value:.6g}") for name, value in metrics.items()}
    write_json(f"metrics/mnist/{what}.json", {"dataset": data.dataset, **rounded})


def batches(images: Tensor, size: int, device: torch.device) -> Iterator[Tensor]:
    """`images` (n, 28, 28) uint8 as network input of the given size, a batch at a time."""
    for start in range(0, len(images), BATCH):
        yield normalized(images[start : start + BATCH].to(device), size)


if __name__ == "__main__":
    main()
