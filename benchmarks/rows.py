"""What is compared: the rows of the table."""

from dataclasses import dataclass

# The side that is measured against the other comes first.
SIDES = ("project", "plain")


@dataclass(frozen=True)
class Row:
    """One comparison.

    what: in a few words, for the table. experiment: "points", "mnist" or "grid" (of points). variant: of params.yaml;
    empty for the grid. steps: how many are timed by device, by default; of the grid for each of its runs. A step is one
    update of the generator and all of the critic that belong to it.
    """

    what: str
    experiment: str
    variant: str
    steps: dict[str, int]
    precision: str = "fp32"


ROWS = {
    "gan": Row("points, GAN of R3", "points", "gan", {"cpu": 1500, "cuda": 3000}),
    "wgan_gp": Row("points, WGAN-GP, 5 critic steps", "points", "wgan_gp", {"cpu": 300, "cuda": 600}),
    "mlp": Row("MNIST, fully connected (R2)", "mnist", "mlp", {"cpu": 600, "cuda": 1200}),
    "dcgan": Row("MNIST, DCGAN (R4)", "mnist", "dcgan", {"cpu": 60, "cuda": 600}),
    "dcgan_bf16": Row("the same in bf16 (autocast)", "mnist", "dcgan", {"cpu": 30, "cuda": 600}, precision="bf16"),
    "grid": Row("27 runs: 3 variants, 3 optimizers, 3 seeds", "grid", "", {"cpu": 60, "cuda": 60}),
}

# The runs of the grid.
GRID_VARIANTS = ("wgan_gp", "gan", "wgan")
GRID_OPTIMIZERS = ("rmsprop", "adam", "sgd")
GRID_SEEDS = (0, 1, 2)


def grid_runs() -> list[tuple[str, str, int]]:
    """The grid's runs as (variant, optimizer, seed), those that take longest first."""
    return [
        (variant, optimizer, seed) for variant in GRID_VARIANTS for optimizer in GRID_OPTIMIZERS for seed in GRID_SEEDS
    ]


def warm_up(steps: int) -> int:
    """Steps before the clock starts: the first ones allocate memory and choose algorithms."""
    return max(1, steps // 10)
