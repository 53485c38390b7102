"""Measure one variant of the points experiment: `python -m stages.evaluate_points gan`."""

import pandas as pd

from saddle.config import Variant, load_settings
from saddle.core.model_file import load_model
from saddle.errors import UserError, reports_user_errors
from saddle.files import read_arrays, replacing
from saddle.metrics.points.measuring import Protocol, measure_run, measure_samples, w2_floor, w2_over_time
from saddle.metrics.shared.writing import write_metrics
from saddle.training.objectives import OBJECTIVES
from stages.variant import chosen_variant


@reports_user_errors
def main() -> None:
    """Read model, snapshots and held-out points; write the metrics and W2 over time."""
    variant = chosen_variant(Variant)
    settings = load_settings()
    evaluation = settings.points.evaluation
    protocol = Protocol(max_points=settings.points.max_points, **evaluation.model_dump())
    points = read_arrays("data/prepared/points.npz", ("train", "test"))
    snapshots = read_arrays(f"data/samples/points/{variant}.npz", ("epoch", "step", "samples"))
    model = load_model(f"data/models/points/{variant}.safetensors", ("generator", "discriminator"))
    objective = OBJECTIVES[model.facts["objective"]]
    held_out = min(len(points["test"]), protocol.max_points)
    if held_out <= protocol.neighbours:
        raise UserError(
            f"points.evaluation.neighbours is {protocol.neighbours}, but only {held_out} points are measured on; "
            "lower it, or hold out more (lower points.train_size or raise points.max_points)"
        )

    floor = w2_floor(points["train"], points["test"], protocol, settings.seed)
    measured = measure_samples(
        model["generator"], model["discriminator"], objective, points["test"], protocol, settings.seed
    )
    distances = w2_over_time(list(snapshots["samples"]), points["test"], protocol)
    epochs = snapshots["epoch"].tolist()
    run = measure_run(epochs, distances, floor, protocol.fit_threshold)

    curve = pd.DataFrame(
        {
            "epoch": epochs,
            "step": snapshots["step"],
            "w2": distances,
            "w2_ratio": [distance / floor for distance in distances],
        }
    )
    with replacing(f"plots/points/{variant}/w2.csv") as part:
        curve.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")
    w2 = measured.pop("w2")
    metrics = {"w2": w2, "w2_floor": floor, "w2_ratio": w2 / floor, **measured, **run}
    write_metrics(f"metrics/points/{variant}.json", metrics)


if __name__ == "__main__":
    main()
