"""Measure one image variant: `python -m stages evaluate_images dcgan`."""

import sys

import torch

from saddle.config import Settings, load_settings
from saddle.core.files import read_arrays, write_metrics, write_table
from saddle.core.model_file import load_model
from saddle.core.process import choose_device, use_threads
from saddle.core.score import Score
from saddle.data.images import load_images
from saddle.metrics.images.features import RealImages
from saddle.metrics.images.measuring import ImageProtocol, digits_over_time, measure_trained
from stages import paths

# A classifier that is right less often says little of what a picture shows, and its features with it.
WEAK = 0.8


def main(variant: str) -> None:
    """Read the model, its snapshots, its data, their classifier and features; write the metrics."""
    settings = load_settings()
    settings.images.variant(variant)
    write_metrics(paths.metrics(paths.IMAGES, variant), measured(settings, paths.IMAGES, variant))


def measured(settings: Settings, group: str, variant: str) -> dict[str, float | str | None]:
    """The metrics of a trained variant; the share of digits in each of its snapshots is written as a table."""
    use_threads(settings.images.evaluation.threads)
    device = choose_device(settings.device)
    dataset = settings.images.variant(variant).dataset
    data = load_images(paths.images(dataset))
    protocol = ImageProtocol(**settings.images.evaluation.model_dump(exclude={"threads"}))
    model = load_model(paths.model(group, variant), ("generator", "discriminator"), device)
    judge = load_model(paths.model(paths.IMAGES, paths.classifier(dataset)), ("classifier",), device)
    accuracy = judge.facts.get("test_accuracy")
    if isinstance(accuracy, float) and accuracy < WEAK:
        rough = f"note: the classifier of {data.dataset}, which measures, is right about {100 * accuracy:.0f} % of the"
        print(f"{rough} {len(data.test_images):,} images held out; its figures are rough", file=sys.stderr)
    real = RealImages.load(paths.real_features(dataset))
    snapshots = read_arrays(paths.samples(group, variant), {"epoch": 1, "step": 1, "images": 5})
    shares = digits_over_time(judge["classifier"], torch.from_numpy(snapshots["images"]), real)
    times = zip(snapshots["epoch"].tolist(), snapshots["step"].tolist(), shares, strict=True)
    rows = ({"epoch": epoch, "step": step, "digit_share": share} for epoch, step, share in times)
    write_table(paths.plots(group, variant) / "digits.csv", ("epoch", "step", "digit_share"), rows)
    metrics = measure_trained(
        model["generator"],
        model["discriminator"],
        Score.of_facts(model.facts.get("score"), paths.model(group, variant)),
        judge["classifier"],
        data.test_images,
        real,
        protocol,
        settings.seed,
    )
    return {"dataset": data.dataset, "classifier_accuracy": accuracy, **metrics}
