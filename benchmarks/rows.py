"""What is compared: the rows of the table, and the sides of each."""

from dataclasses import dataclass
from itertools import product

# The first is measured against the others, which are the two forms of `benchmarks.plain`.
SIDES = ("project", "good", "literal")


@dataclass(frozen=True)
class Row:
    """One comparison.

    experiment: "points", "images" or "grid" (of points). variant: of params.yaml; empty for the grid. steps: how many
    are timed by device, by default; of the grid for each of its runs. A step is one update of each network.
    """

    what: str
    experiment: str
    variant: str
    steps: dict[str, int]
    precision: str = "fp32"


ROWS = {
    "gan": Row("points, GAN (R3)", "points", "gan", {"cpu": 1500, "cuda": 3000}),
    "wgan_gp": Row("points, WGAN-GP (R3)", "points", "wgan_gp", {"cpu": 1200, "cuda": 3000}),
    "mlp": Row("MNIST, fully connected (R2)", "images", "mlp", {"cpu": 600, "cuda": 1200}),
    "dcgan": Row("MNIST, DCGAN (R4)", "images", "dcgan", {"cpu": 60, "cuda": 600}),
    "dcgan_bf16": Row("the same in bf16 (autocast)", "images", "dcgan", {"cpu": 30, "cuda": 600}, precision="bf16"),
    "grid": Row("27 runs: 3 variants, 3 optimizers, 3 seeds", "grid", "", {"cpu": 60, "cuda": 60}),
}
GRID_VARIANTS = ("wgan_gp", "gan", "wgan")
# The runs of the grid as (variant, optimizer, seed), those that take longest first.
GRID_RUNS = list(product(GRID_VARIANTS, ("rmsprop", "adam", "sgd"), (0, 1, 2)))
