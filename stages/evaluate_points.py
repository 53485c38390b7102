"""Measure one variant of the points experiment: `python -m stages evaluate_points gan`."""

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_object, write_metrics, write_table
from saddle.core.model_file import load_model
from saddle.core.process import use_threads
from saddle.core.score import Score
from saddle.metrics.points.measuring import PointsProtocol, measure_trained
from stages import paths


def main(variant: str) -> None:
    """Read model, snapshots, held-out points and W2's floor; write the metrics, and W2 of the snapshots."""
    settings = load_settings()
    settings.points.variant(variant)
    use_threads(1)  # another stage can run beside
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    test = read_arrays(paths.prepared(), {"test": 2})["test"]
    floor = read_object(paths.metrics(paths.POINTS, "floor"))["w2"]
    snapshots = read_arrays(paths.samples(paths.POINTS, variant), {"epoch": 1, "step": 1, "samples": 3})
    model = load_model(paths.model(paths.POINTS, variant), ("generator", "discriminator"), sample_shape=(2,))
    epochs = snapshots["epoch"].tolist()
    metrics, distances = measure_trained(
        model["generator"],
        model["discriminator"],
        Score.of_facts(model.facts.get("score"), paths.model(paths.POINTS, variant)),
        (epochs, list(snapshots["samples"])),
        test,
        floor,
        protocol,
        settings.seed,
    )
    times = zip(epochs, snapshots["step"].tolist(), distances, strict=True)
    curve = ({"epoch": epoch, "step": step, "sample_w2": distance} for epoch, step, distance in times)
    write_table(paths.plots(paths.POINTS, variant) / "w2.csv", ("epoch", "step", "sample_w2"), curve)
    write_metrics(paths.metrics(paths.POINTS, variant), metrics)
