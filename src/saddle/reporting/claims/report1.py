"""What R1 states about its three GANs, held against metrics/full_batch.json."""

from collections.abc import Callable

from saddle.reporting.claims.runs import Finding, Statement, Table, Titles, by_seed, every_run
from saddle.reporting.claims.verdicts import Claim, larger

GAN, WGAN, WGAN_GP = "gan", "wgan", "wgan_gp"
# Steps between two pictures: when a run fits is known no better.
SNAPSHOT = 100.0
# As R1 trained them.
OPTIMIZER = {GAN: "adam", WGAN: "rmsprop", WGAN_GP: "rmsprop"}


def claims(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R1, held against `table`."""
    return [statement.held_against(table, title) for statement in STATEMENTS]


def _slower(slow: str, fast: str) -> Callable[[Table, Titles], Finding]:
    def find(table: Table, title: Titles) -> Finding:
        cells = {variant: table[variant][OPTIMIZER[variant]] for variant in (slow, fast)}
        # A step is an epoch here: all points are one batch.
        measured = "; ".join(
            f"{title(variant)} fits at step {every_run(cell, 'epochs_to_fit', 6, 'never')}"
            for variant, cell in cells.items()
        )
        steps = [by_seed(cell, "epochs_to_fit") for cell in cells.values()]
        return measured, larger(*steps, resolution=SNAPSHOT)

    return find


def _statement(words: str, slow: str, fast: str) -> Statement:
    runs = {variant: (OPTIMIZER[variant],) for variant in (slow, fast)}
    return Statement(words, runs, _slower(slow, fast))


STATEMENTS = (
    _statement("WGAN converges more slowly than the GAN", WGAN, GAN),
    _statement("WGAN-GP converges faster than WGAN", WGAN, WGAN_GP),
)
