"""Measure one image variant: `python -m stages evaluate_mnist dcgan`."""

import torch

from saddle.config import Settings, load_settings
from saddle.core.files import read_arrays, write_metrics, write_table
from saddle.core.model_file import load_model
from saddle.core.process import choose_device, use_threads
from saddle.core.score import Score
from saddle.data.mnist.dataset import load_mnist
from saddle.metrics.images.features import RealImages
from saddle.metrics.images.measuring import ImageProtocol, digits_over_time, measure_trained
from stages import paths


def main(variant: str) -> None:
    """Read the model, its snapshots, the classifier, MNIST and the features of its real images; write the metrics."""
    settings = load_settings()
    settings.mnist.variant(variant)
    write_metrics(paths.metrics(paths.MNIST, variant), measured(settings, paths.MNIST, variant))


def measured(settings: Settings, group: str, variant: str) -> dict[str, float | str | None]:
    """The metrics of a trained variant; the share of digits in each of its snapshots is written as a table."""
    use_threads(settings.mnist.evaluation.threads)
    device = choose_device(settings.device)
    data = load_mnist(paths.RAW_MNIST)
    protocol = ImageProtocol(**settings.mnist.evaluation.model_dump(exclude={"threads"}))
    model = load_model(paths.model(group, variant), ("generator", "discriminator"), device)
    classifier = load_model(paths.CLASSIFIER, ("classifier",), device)["classifier"]
    real = RealImages.load(paths.REAL_FEATURES)
    snapshots = read_arrays(paths.samples(group, variant), {"epoch": 1, "step": 1, "images": 5})
    shares = digits_over_time(classifier, torch.from_numpy(snapshots["images"]), real)
    times = zip(snapshots["epoch"].tolist(), snapshots["step"].tolist(), shares, strict=True)
    rows = ({"epoch": epoch, "step": step, "digit_share": share} for epoch, step, share in times)
    write_table(paths.plots(group, variant) / "digits.csv", ("epoch", "step", "digit_share"), rows)
    metrics = measure_trained(
        model["generator"],
        model["discriminator"],
        Score.of_facts(model.facts.get("score"), paths.model(group, variant)),
        classifier,
        data.test_images,
        real,
        protocol,
        settings.seed,
    )
    return {"dataset": data.dataset, **metrics}
