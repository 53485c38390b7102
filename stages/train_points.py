"""Train one variant of the points experiment: `python -m stages.train_points gan`."""

import numpy as np
import pandas as pd

from saddle.config import Variant, load_settings
from saddle.core.model_file import save_model
from saddle.errors import reports_user_errors
from saddle.experiments.points.training import train_points
from saddle.files import read_arrays, replacing, write_arrays
from saddle.training.fit import COLUMNS
from stages.variant import chosen_variant


@reports_user_errors
def main() -> None:
    """Read the prepared points; write the model, the snapshots and the log."""
    variant = chosen_variant(Variant)
    settings = load_settings()
    points = read_arrays("data/prepared/points.npz", ("train", "test"))
    run = train_points(settings, variant, points["train"], len(points["test"]))
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(f"data/models/points/{variant}.safetensors", networks, run.facts)
    marked = {**run.snapshots.arrays(), "identity": np.array(run.facts["identity"])}
    write_arrays(f"data/samples/points/{variant}.npz", marked)
    with replacing(f"plots/points/{variant}/training.csv") as part:
        pd.DataFrame(run.log, columns=list(COLUMNS)).to_csv(part, index=False, float_format="%.6g", lineterminator="\n")


if __name__ == "__main__":
    main()
