"""What R3 states about its three GANs and its three optimizers, held against metrics/optimizers.json."""

from collections.abc import Callable

from saddle.reporting.claims.runs import Finding, Statement, Table, Titles, by_seed, every_run, median
from saddle.reporting.claims.verdicts import Claim, all_of, in_all_runs, larger, smaller

# What R3 speaks of, by the names that params.yaml has for it. A comparison may hold more, or less.
GAN, WGAN, WGAN_GP = VARIANTS = ("gan", "wgan", "wgan_gp")
RMSPROP, ADAM, SGD = OPTIMIZERS = ("rmsprop", "adam", "sgd")

# "By about 50 epochs" is an upper bound, and allows for a quarter more. "Some tens" are fewer than a hundred.
ABOUT = 1.25
SOME_TENS = 99.0
# A run stays fitted if at most one snapshot in twenty is off again.
STAYS = 0.05
# "Hardly moves": it covers at most a tenth of the way from its start to the data.
HARDLY = 0.1


def claims(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R3, held against `table`."""
    return [statement.held_against(table, title) for statement in STATEMENTS]


def _fits_by(variant: str, epochs: float, *, stays: bool) -> Callable[[Table, Titles], Finding]:
    def find(table: Table, title: Titles) -> Finding:
        cell = table[variant][RMSPROP]
        verdict = in_all_runs([value <= epochs for value in by_seed(cell, "epochs_to_fit").values()])
        measured = f"fits at epoch {every_run(cell, 'epochs_to_fit')}"
        if stays:
            relapses = by_seed(cell, "relapse_rate", missing=1.0)
            verdict = all_of([verdict, in_all_runs([value <= STAYS for value in relapses.values()])])
            measured += f"; off again in at most {100 * max(relapses.values()):.0f} % of the later snapshots"
        return measured, verdict

    return find


def _wgan_gp_needs_longest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    epochs = {variant: by_seed(cell, "epochs_to_fit") for variant, cell in cells.items()}
    measured = ", ".join(f"{title(variant)} {median(cell, 'epochs_to_fit')}" for variant, cell in cells.items())
    return f"median epochs to fit: {measured}", all_of(larger(epochs[WGAN_GP], epochs[o]) for o in (GAN, WGAN))


def _wgan_gp_is_finest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    widths = {variant: by_seed(cell, "width_ratio") for variant, cell in cells.items()}
    measured = ", ".join(f"{title(variant)} {median(cell, 'width_ratio')}" for variant, cell in cells.items())
    verdict = all_of(smaller(widths[WGAN_GP], widths[other]) for other in (GAN, WGAN))
    return f"median width of the strokes, 1 is the data's: {measured}", verdict


def _wgan_gp_is_densest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    densities = {variant: by_seed(cell, "density", missing=0.0) for variant, cell in cells.items()}
    measured = ", ".join(f"{title(variant)} {median(cell, 'density')}" for variant, cell in cells.items())
    return f"median density: {measured}", all_of(larger(densities[WGAN_GP], densities[o]) for o in (GAN, WGAN))


def _sgd_does_not_move(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][SGD] for variant in VARIANTS}
    shares = {variant: f"{100 * (cell['progress']['median'] or 0):.0f} %" for variant, cell in cells.items()}
    measured = ", ".join(f"{title(variant)} {share}" for variant, share in shares.items())
    verdict = all_of(
        in_all_runs([value <= HARDLY for value in by_seed(cell, "progress").values()]) for cell in cells.values()
    )
    return f"share of the way to the data covered: {measured}", verdict


def _adam_is_less_stable(table: Table, title: Titles) -> Finding:
    pairs = {variant: (table[variant][ADAM], table[variant][RMSPROP]) for variant in VARIANTS}
    measured = ", ".join(
        f"{title(variant)} {median(adam, 'stability', 2)} against {median(rmsprop, 'stability', 2)}"
        for variant, (adam, rmsprop) in pairs.items()
    )
    verdict = all_of(
        larger(by_seed(adam, "stability"), by_seed(rmsprop, "stability")) for adam, rmsprop in pairs.values()
    )
    return f"median swing of W2 at the end, {title(ADAM)}'s against {title(RMSPROP)}'s: {measured}", verdict


def _rmsprop_is_best(table: Table, title: Titles) -> Finding:
    measured = "; ".join(
        f"{title(variant)} "
        + ", ".join(f"{title(name)} {median(table[variant][name], 'w2_ratio')}" for name in OPTIMIZERS)
        for variant in VARIANTS
    )
    verdict = all_of(
        smaller(by_seed(table[variant][RMSPROP], "w2_ratio"), by_seed(table[variant][other], "w2_ratio"))
        for variant in VARIANTS
        for other in (ADAM, SGD)
    )
    return f"median w2_ratio: {measured}", verdict


def _statement(
    words: str,
    find: Callable[[Table, Titles], Finding],
    *,
    variants: tuple[str, ...] = VARIANTS,
    optimizers: tuple[str, ...] = (RMSPROP,),
) -> Statement:
    return Statement(words, dict.fromkeys(variants, optimizers), find)


STATEMENTS = (
    _statement("GAN fits already by about 50 epochs and stays", _fits_by(GAN, 50 * ABOUT, stays=True), variants=(GAN,)),
    _statement("WGAN fits by some tens of epochs", _fits_by(WGAN, SOME_TENS, stays=False), variants=(WGAN,)),
    _statement("WGAN-GP fits by about 200 epochs", _fits_by(WGAN_GP, 200 * ABOUT, stays=False), variants=(WGAN_GP,)),
    _statement("WGAN-GP needs longer than the other two", _wgan_gp_needs_longest),
    _statement("WGAN-GP ends with the finest cloud: the thinnest strokes", _wgan_gp_is_finest),
    _statement("WGAN-GP ends with the densest cloud", _wgan_gp_is_densest),
    _statement("SGD hardly moves from start to end", _sgd_does_not_move, optimizers=(SGD,)),
    _statement("Adam swings strongly and is unstable", _adam_is_less_stable, optimizers=(ADAM, RMSPROP)),
    _statement("RMSprop is best for all three", _rmsprop_is_best, optimizers=OPTIMIZERS),
)
