"""What R1 states about its three GANs, held against plots/full_batch."""

from collections.abc import Callable

from saddle.reporting.claims.runs import Finding, Statement, Table, Titles, at_each_floor, few_or_range
from saddle.reporting.claims.verdicts import Claim, larger

GAN, WGAN, WGAN_GP, WGAN_FREE = "gan", "wgan", "wgan_gp", "wgan_free"
# Steps between two pictures: when a run fits is known no better.
SNAPSHOT = 100.0
# As R1 trained them.
OPTIMIZER = {GAN: "adam", WGAN: "rmsprop", WGAN_GP: "rmsprop", WGAN_FREE: "rmsprop"}
# Its code clears the penalty's gradients before they are used, and mixes the points with the critic's outputs.
NO_PENALTY = "In R1's code the penalty never acts: what it compared was WGAN with a WGAN without any constraint."


def claims(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R1, held against `table`. All points are one batch, so that a step is an epoch."""
    told = [*STATEMENTS, AS_ITS_CODE] if WGAN_FREE in table else STATEMENTS
    return [statement.held_against(table, title, "full_batch", "steps") for statement in told]


def _slower(slow: str, fast: str) -> Callable[[Table, Titles], Finding]:
    @at_each_floor
    def find(table: Table, title: Titles, floors: float) -> Finding:
        steps = {variant: table[variant][OPTIMIZER[variant]].fits(floors) for variant in (slow, fast)}
        told = (
            f"{title(variant)} fits at step {few_or_range(own.values(), 6, 'never')}" for variant, own in steps.items()
        )
        return "; ".join(told), larger(*steps.values(), resolution=SNAPSHOT)

    return find


def _statement(words: str, slow: str, fast: str, note: str = "") -> Statement:
    runs = {variant: (OPTIMIZER[variant],) for variant in (slow, fast)}
    return Statement(words, runs, _slower(slow, fast), note)


STATEMENTS = [
    _statement("WGAN converges more slowly than the GAN", WGAN, GAN),
    _statement("WGAN-GP converges faster than WGAN", WGAN, WGAN_GP, NO_PENALTY),
]
# Where there are such runs.
AS_ITS_CODE = _statement("the same as its code ran it: WGAN without any constraint against WGAN", WGAN, WGAN_FREE)
