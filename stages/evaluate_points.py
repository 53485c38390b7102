"""Measure one variant of the points experiment: `python -m stages evaluate_points gan`."""

import pandas as pd

from saddle.config import load_settings
from saddle.core.model_file import load_model
from saddle.core.score import Score
from saddle.files import read_arrays, write_table
from saddle.metrics.points.measuring import PointsProtocol, measure_run, measure_samples, w2_floor, w2_over_time
from saddle.metrics.shared.writing import write_metrics
from stages import paths


def main(variant: str) -> None:
    """Read model, snapshots and held-out points; write the metrics and W2 over time."""
    settings = load_settings()
    settings.points.variant(variant)
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    points = read_arrays(paths.PREPARED_POINTS, ("train", "test"))
    train, test = points["train"], points["test"]
    protocol.check(test)
    snapshots = read_arrays(paths.samples(paths.POINTS, variant), ("epoch", "step", "samples"))
    model = load_model(paths.model(paths.POINTS, variant), ("generator", "discriminator"))

    floor = w2_floor(train, test, protocol, settings.seed)
    score = Score(**model.facts["score"])
    measured = measure_samples(model["generator"], model["discriminator"], score, test, protocol, settings.seed)
    distances = w2_over_time(list(snapshots["samples"]), test, protocol)
    ratios = [distance / floor for distance in distances]
    epochs = snapshots["epoch"].tolist()

    curve = {"epoch": epochs, "step": snapshots["step"], "w2": distances, "w2_ratio": ratios}
    write_table(paths.plots(paths.POINTS, variant) / "w2.csv", pd.DataFrame(curve))
    w2 = measured.pop("w2")
    run = measure_run(epochs, distances, floor, protocol.fit_threshold)
    metrics = {"w2": w2, "w2_floor": floor, "w2_ratio": w2 / floor, **measured, **run}
    write_metrics(paths.metrics(paths.POINTS, variant), metrics)
