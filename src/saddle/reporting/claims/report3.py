"""What R3 states about its three GANs and its three optimizers, held against plots/optimizers."""

import math
from collections.abc import Callable

from saddle.reporting.claims.runs import (
    Cell,
    Finding,
    Statement,
    Table,
    Titles,
    at_each_floor,
    few_or_range,
    median,
)
from saddle.reporting.claims.verdicts import BySeed, Claim, Verdict, all_of, in_all_runs, larger, smaller

# What R3 speaks of, by the names that params.yaml has for it. A comparison may hold more, or less.
GAN, WGAN, WGAN_GP = VARIANTS = ("gan", "wgan", "wgan_gp")
RMSPROP, ADAM, SGD = OPTIMIZERS = ("rmsprop", "adam", "sgd")

# "By about 50 epochs" is an upper bound, and allows for a quarter more. "Some tens" are fewer than a hundred. "Needs
# about 200" is no upper bound: two thirds of it to half as many again.
ABOUT = 1.25
SOME_TENS = 99.0
NEEDS_ABOUT = 1.5
# A run stays fitted if at most one snapshot in twenty is off again.
STAYS = 0.05
# "Hardly moves": it covers at most a tenth of the way from its start to the data, in either direction.
HARDLY = 0.1
# "Swings strongly": at least twice as much as with RMSprop.
STRONGLY = 2.0
# Epochs between two snapshots: when a run fits is known no better.
SNAPSHOT = 10.0


def claims(table: Table, title: Titles, recipe: str) -> list[Claim]:
    """Every claim of R3, held against `table`. recipe: of its runs."""
    return [statement.held_against(table, title, recipe, "epochs") for statement in STATEMENTS]


def _fits_between(variant: str, earliest: float, latest: float) -> Callable[[Table, Titles], Finding]:
    @at_each_floor
    def find(table: Table, title: Titles, floors: float) -> Finding:
        fits = table[variant][RMSPROP].fits(floors)
        return _fit_epochs(fits), in_all_runs([earliest <= value <= latest for value in fits.values()])

    return find


@at_each_floor
def _gan_fits_and_stays(table: Table, title: Titles, floors: float) -> Finding:
    cell = table[GAN][RMSPROP]
    fits, relapses = cell.fits(floors), cell.relapses(floors)
    holds = [fits[seed] <= 50 * ABOUT and relapses[seed] <= STAYS for seed in fits]
    most = max((value for value in relapses.values() if math.isfinite(value)), default=math.nan)
    stays = f"; off again in {100 * most:.0f} % of the later snapshots at most" if most else "; all stay"
    return _fit_epochs(fits) + ("" if math.isnan(most) else stays), in_all_runs(holds)


def _fit_epochs(fits: BySeed) -> str:
    return f"fits at epoch {few_or_range(fits.values(), word='never')}"


@at_each_floor
def _wgan_gp_needs_longest(table: Table, title: Titles, floors: float) -> Finding:
    epochs = {variant: table[variant][RMSPROP].fits(floors) for variant in VARIANTS}
    verdict = all_of(larger(epochs[WGAN_GP], epochs[other], resolution=SNAPSHOT) for other in (GAN, WGAN))
    told = (f"{title(name)} {few_or_range(own.values(), word='never')}" for name, own in epochs.items())
    return f"epochs to fit: {'; '.join(told)}", verdict


def _of_fitted_runs(
    metric: str, words: str, compare: Callable[[BySeed, BySeed], Verdict]
) -> Callable[[Table, Titles], Finding]:
    """How `metric` of WGAN-GP compares, among the runs that fit: of others it tells little."""

    @at_each_floor
    def find(table: Table, title: Titles, floors: float) -> Finding:
        cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
        values = {variant: _fitted(cell, metric, floors) for variant, cell in cells.items()}
        verdict = all_of(compare(values[WGAN_GP], values[other]) for other in (GAN, WGAN))
        told = (
            f"{title(variant)} {median(values[variant].values())} ({len(values[variant])} of {len(cell.courses)})"
            for variant, cell in cells.items()
        )
        return f"median {words} of the runs that fit, 1 is the data's: {', '.join(told)}", verdict

    return find


def _fitted(cell: Cell, metric: str, floors: float) -> BySeed:
    fits = cell.fits(floors)
    return {seed: value for seed, value in cell.known(metric).items() if math.isfinite(fits[seed])}


def _sgd_does_not_move(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][SGD] for variant in VARIANTS}
    shares = {variant: [100 * share for share in cell.known("progress").values()] for variant, cell in cells.items()}
    measured = ", ".join(
        f"{title(variant)} {few_or_range(own, 2)} %" if own else f"{title(variant)} none"
        for variant, own in shares.items()
    )
    verdict = all_of(
        in_all_runs([abs(value) <= HARDLY for value in cell.bad_if_missing("progress").values()])
        for cell in cells.values()
    )
    return f"share of the way to the data covered: {measured}", verdict


def _adam_is_less_stable(table: Table, title: Titles) -> Finding:
    pairs = {variant: (table[variant][ADAM], table[variant][RMSPROP]) for variant in VARIANTS}
    measured = ", ".join(
        f"{title(variant)} {' against '.join(_median(cell, 'stability', 2) for cell in pair)}"
        for variant, pair in pairs.items()
    )
    verdict = all_of(
        larger(adam.bad_if_missing("stability"), rmsprop.bad_if_missing("stability"), times=STRONGLY)
        for adam, rmsprop in pairs.values()
    )
    return f"median swing of W2 at the end, {title(ADAM)}'s against {title(RMSPROP)}'s: {measured}", verdict


def _rmsprop_is_best(table: Table, title: Titles) -> Finding:
    def of_variant(variant: str) -> str:
        medians = (f"{title(name)} {_median(table[variant][name], 'w2_ratio')}" for name in OPTIMIZERS)
        return f"{title(variant)} {', '.join(medians)}"

    ends = {
        variant: {name: table[variant][name].bad_if_missing("w2_ratio") for name in OPTIMIZERS} for variant in VARIANTS
    }
    verdict = all_of(smaller(own[RMSPROP], own[other]) for own in ends.values() for other in (ADAM, SGD))
    return f"median w2_ratio: {'; '.join(map(of_variant, VARIANTS))}", verdict


def _median(cell: Cell, metric: str, digits: int = 3) -> str:
    return median(cell.known(metric).values(), digits, "diverged")


def _statement(
    words: str,
    find: Callable[[Table, Titles], Finding],
    *,
    variants: tuple[str, ...] = VARIANTS,
    optimizers: tuple[str, ...] = (RMSPROP,),
) -> Statement:
    return Statement(words, dict.fromkeys(variants, optimizers), find)


STATEMENTS = (
    _statement("GAN fits already by about 50 epochs and stays", _gan_fits_and_stays, variants=(GAN,)),
    _statement("WGAN fits by some tens of epochs", _fits_between(WGAN, 0, SOME_TENS), variants=(WGAN,)),
    _statement(
        "WGAN-GP needs about 200 epochs to fit",
        _fits_between(WGAN_GP, 200 / NEEDS_ABOUT, 200 * NEEDS_ABOUT),
        variants=(WGAN_GP,),
    ),
    _statement("WGAN-GP needs longer than the other two", _wgan_gp_needs_longest),
    _statement(
        "WGAN-GP ends with the finest cloud: the thinnest strokes",
        _of_fitted_runs("width_ratio", "width of the strokes", smaller),
    ),
    _statement("WGAN-GP ends with the densest cloud", _of_fitted_runs("density", "density", larger)),
    _statement("SGD hardly moves from start to end", _sgd_does_not_move, optimizers=(SGD,)),
    _statement("Adam swings strongly and is unstable", _adam_is_less_stable, optimizers=(ADAM, RMSPROP)),
    _statement("RMSprop is best for all three", _rmsprop_is_best, optimizers=OPTIMIZERS),
)
