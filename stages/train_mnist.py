"""Train one image variant: `python -m stages.train_mnist dcgan`."""

import pandas as pd

from saddle.config import ImageVariantName, load_settings
from saddle.core.model_file import save_model
from saddle.data.mnist.dataset import load_mnist
from saddle.errors import reports_user_errors
from saddle.experiments.images.training import train_images
from saddle.files import replacing, write_arrays
from saddle.training.fit import COLUMNS
from stages.variant import chosen_variant


@reports_user_errors
def main() -> None:
    """Read MNIST; write the model, the snapshots and the log."""
    variant = chosen_variant(ImageVariantName)
    settings = load_settings()
    data = load_mnist("data/raw/mnist")
    run = train_images(settings, variant, data.train_images, data.dataset)
    networks = {"generator": run.generator, "discriminator": run.discriminator}
    save_model(f"data/models/mnist/{variant}.safetensors", networks, run.facts)
    write_arrays(f"data/samples/mnist/{variant}.npz", run.snapshots.arrays())
    with replacing(f"plots/mnist/{variant}/training.csv") as part:
        pd.DataFrame(run.log, columns=list(COLUMNS)).to_csv(part, index=False, float_format="%.6g", lineterminator="\n")


if __name__ == "__main__":
    main()
