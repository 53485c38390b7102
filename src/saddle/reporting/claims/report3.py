"""What R3 states about its three GANs and its three optimizers, held against metrics/optimizers.json."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from saddle.reporting.claims.runs import Finding, Statement, Table, Titles, by_seed, every_run, fitted, median
from saddle.reporting.claims.verdicts import BySeed, Claim, all_of, in_all_runs, larger, smaller

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


def claims(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R3, held against `table`."""
    return [statement.held_against(table, title) for statement in STATEMENTS]


def _fits_between(variant: str, earliest: float, latest: float) -> Callable[[Table, Titles], Finding]:
    def find(table: Table, title: Titles) -> Finding:
        cell = table[variant][RMSPROP]
        holds = [earliest <= value <= latest for value in by_seed(cell, "epochs_to_fit").values()]
        return _fit_epochs(cell), in_all_runs(holds)

    return find


def _gan_fits_and_stays(table: Table, title: Titles) -> Finding:
    cell = table[GAN][RMSPROP]
    fits, relapses = by_seed(cell, "epochs_to_fit"), by_seed(cell, "relapse_rate")
    holds = [fits[seed] <= 50 * ABOUT and relapses[seed] <= STAYS for seed in fits]
    known = [relapses[seed] for seed in fitted(cell)]
    stays = ""
    if known:
        stays = (
            f"; off again in {100 * max(known):.0f} % of the later snapshots at most" if max(known) else "; all stay"
        )
    return _fit_epochs(cell) + stays, in_all_runs(holds)


def _fit_epochs(cell: Mapping[str, Any]) -> str:
    return f"fits at epoch {every_run(cell, 'epochs_to_fit', word='never')}"


def _wgan_gp_needs_longest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    epochs = {variant: by_seed(cell, "epochs_to_fit") for variant, cell in cells.items()}
    verdict = all_of(larger(epochs[WGAN_GP], epochs[other], resolution=SNAPSHOT) for other in (GAN, WGAN))
    return f"median epochs to fit: {_medians(cells, 'epochs_to_fit', title, 'never')}", verdict


def _wgan_gp_is_finest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    widths = {variant: _of_fitted(cell, "width_ratio") for variant, cell in cells.items()}
    verdict = all_of(smaller(widths[WGAN_GP], widths[other]) for other in (GAN, WGAN))
    return f"median width of the strokes, 1 is the data's: {_medians(cells, 'width_ratio', title)}", verdict


def _wgan_gp_is_densest(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][RMSPROP] for variant in VARIANTS}
    densities = {variant: _of_fitted(cell, "density") for variant, cell in cells.items()}
    verdict = all_of(larger(densities[WGAN_GP], densities[other]) for other in (GAN, WGAN))
    return f"median density, 1 is the data's: {_medians(cells, 'density', title)}", verdict


def _of_fitted(cell: Mapping[str, Any], metric: str) -> BySeed:
    seeds = fitted(cell)
    return {seed: value for seed, value in by_seed(cell, metric, math.nan).items() if seed in seeds and value == value}


def _medians(cells: Mapping[str, Any], metric: str, title: Titles, word: str = "none") -> str:
    return ", ".join(f"{title(variant)} {median(cell, metric, word=word)}" for variant, cell in cells.items())


def _sgd_does_not_move(table: Table, title: Titles) -> Finding:
    cells = {variant: table[variant][SGD] for variant in VARIANTS}
    shares = {variant: cell["progress"]["median"] for variant, cell in cells.items()}
    measured = ", ".join(
        f"{title(variant)} {'none' if share is None else f'{100 * share:.0f} %'}" for variant, share in shares.items()
    )
    verdict = all_of(
        in_all_runs([abs(value) <= HARDLY for value in by_seed(cell, "progress").values()]) for cell in cells.values()
    )
    return f"share of the way to the data covered: {measured}", verdict


def _adam_is_less_stable(table: Table, title: Titles) -> Finding:
    pairs = {variant: (table[variant][ADAM], table[variant][RMSPROP]) for variant in VARIANTS}
    measured = ", ".join(
        f"{title(variant)} {' against '.join(median(cell, 'stability', 2, 'diverged') for cell in pair)}"
        for variant, pair in pairs.items()
    )
    verdict = all_of(
        larger(by_seed(adam, "stability"), by_seed(rmsprop, "stability"), times=STRONGLY)
        for adam, rmsprop in pairs.values()
    )
    return f"median swing of W2 at the end, {title(ADAM)}'s against {title(RMSPROP)}'s: {measured}", verdict


def _rmsprop_is_best(table: Table, title: Titles) -> Finding:
    def of_variant(variant: str) -> str:
        medians = (f"{title(name)} {median(table[variant][name], 'w2_ratio', word='diverged')}" for name in OPTIMIZERS)
        return f"{title(variant)} {', '.join(medians)}"

    verdict = all_of(
        smaller(by_seed(table[variant][RMSPROP], "w2_ratio"), by_seed(table[variant][other], "w2_ratio"))
        for variant in VARIANTS
        for other in (ADAM, SGD)
    )
    return f"median w2_ratio: {'; '.join(map(of_variant, VARIANTS))}", verdict


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
    _statement("WGAN-GP ends with the finest cloud: the thinnest strokes", _wgan_gp_is_finest),
    _statement("WGAN-GP ends with the densest cloud", _wgan_gp_is_densest),
    _statement("SGD hardly moves from start to end", _sgd_does_not_move, optimizers=(SGD,)),
    _statement("Adam swings strongly and is unstable", _adam_is_less_stable, optimizers=(ADAM, RMSPROP)),
    _statement("RMSprop is best for all three", _rmsprop_is_best, optimizers=OPTIMIZERS),
)
