"""What R3 states about its optimizers, held against metrics/optimizers.json."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# What R3 speaks of, by the names that params.yaml has for it. A comparison may hold more, or less.
GAN, WGAN, WGAN_GP = R3_VARIANTS = ("gan", "wgan", "wgan_gp")
RMSPROP, ADAM, SGD = R3_OPTIMIZERS = ("rmsprop", "adam", "sgd")

# "About 50 epochs" is taken to mean within a factor of two.
ABOUT = 2.0
# A generator that has not moved is this far from the data, in the units of the data; a fitted one is near 0.03.
UNMOVED_W2 = 0.5

Table = Mapping[str, Any]
# What pictures and tables call a variant or an optimizer.
Titles = Callable[[str], str]
# What was measured, in words, and whether the statement holds.
Finding = tuple[str, bool]


@dataclass(frozen=True)
class Claim:
    """A statement of the report, what was measured, and whether it holds; None if that was not measured."""

    statement: str
    measured: str
    holds: bool | None


@dataclass(frozen=True)
class Statement:
    """A sentence of R3, the variants and optimizers whose runs decide it, and how they do."""

    words: str
    variants: tuple[str, ...]
    optimizers: tuple[str, ...]
    find: Callable[[Table, Titles], Finding]

    def held_against(self, table: Table, title: Titles) -> Claim:
        """The claim, judged by `table` if that holds all the runs it needs."""
        if any(optimizer not in table.get(variant, {}) for variant in self.variants for optimizer in self.optimizers):
            return Claim(self.words, "not measured", None)
        return Claim(self.words, *self.find(table, title))


def claims(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R3, held against `table`, the content of metrics/optimizers.json."""
    return [statement.held_against(table, title) for statement in STATEMENTS]


def _fits_after(variant: str, epochs: int) -> Callable[[Table, Titles], Finding]:
    def find(table: Table, title: Titles) -> Finding:
        cell = table[variant][RMSPROP]
        mean = cell["epochs_to_fit"]["mean"]
        holds = mean is not None and not cell["never_fitted"] and epochs / ABOUT <= mean <= epochs * ABOUT
        measured = with_interval(cell["epochs_to_fit"], 3) + " epochs"
        if cell["never_fitted"]:
            measured += f", {cell['never_fitted']} never"
        elif mean is not None and mean < epochs / ABOUT:
            measured += ", sooner"
        return measured, holds

    return find


def _sgd_does_not_move(table: Table, title: Titles) -> Finding:
    means = {variant: _mean(table[variant][SGD]["w2"]) for variant in R3_VARIANTS}
    measured = "W2 " + ", ".join(f"{title(variant)} {mean:.2f}" for variant, mean in means.items())
    return measured, all(UNMOVED_W2 < mean < math.inf for mean in means.values())


def _adam_is_less_stable(table: Table, title: Titles) -> Finding:
    pairs = {
        variant: (_mean(table[variant][ADAM]["stability"]), _mean(table[variant][RMSPROP]["stability"]))
        for variant in R3_VARIANTS
    }
    ratios = {variant: adam / rmsprop if rmsprop else math.inf for variant, (adam, rmsprop) in pairs.items()}
    times = ", ".join(f"{title(variant)} {ratio:.1f}" for variant, ratio in ratios.items())
    measured = f"deviation of W2 at the end, times {title(RMSPROP)}'s: {times}"
    return measured, all(adam > rmsprop for adam, rmsprop in pairs.values())


def _rmsprop_is_best(table: Table, title: Titles) -> Finding:
    best = {}
    for variant in R3_VARIANTS:
        ratios = {optimizer: _mean(table[variant][optimizer]["w2_ratio"]) for optimizer in R3_OPTIMIZERS}
        best[variant] = min(ratios, key=lambda optimizer: ratios[optimizer])
    named = ", ".join(f"{title(variant)} {title(optimizer)}" for variant, optimizer in best.items())
    return f"lowest w2_ratio: {named}", set(best.values()) == {RMSPROP}


def _wgan_gp_is_finest(table: Table, title: Titles) -> Finding:
    ratios = {variant: table[variant][RMSPROP]["w2_ratio"] for variant in R3_VARIANTS}
    measured = ", ".join(f"{title(variant)} {with_interval(ratio, 3)}" for variant, ratio in ratios.items())
    finest = min(ratios, key=lambda variant: _mean(ratios[variant]))
    return f"w2_ratio {measured}", finest == WGAN_GP


STATEMENTS = (
    Statement("GAN fits after about 50 epochs and stays", (GAN,), (RMSPROP,), _fits_after(GAN, 50)),
    Statement("WGAN fits after about 50 epochs and stays", (WGAN,), (RMSPROP,), _fits_after(WGAN, 50)),
    Statement("WGAN-GP fits after about 200 epochs and stays", (WGAN_GP,), (RMSPROP,), _fits_after(WGAN_GP, 200)),
    Statement("SGD hardly moves from start to end", R3_VARIANTS, (SGD,), _sgd_does_not_move),
    Statement("Adam swings strongly and is unstable", R3_VARIANTS, (ADAM, RMSPROP), _adam_is_less_stable),
    Statement("RMSprop is best for all three", R3_VARIANTS, R3_OPTIMIZERS, _rmsprop_is_best),
    Statement("WGAN-GP ends with the finest cloud", R3_VARIANTS, (RMSPROP,), _wgan_gp_is_finest),
)


def _mean(cell: Mapping[str, Any]) -> float:
    """The mean, infinite where all runs of the cell diverged."""
    return math.inf if cell["mean"] is None else float(cell["mean"])


def with_interval(cell: Mapping[str, Any], digits: int) -> str:
    """A mean with its 95 % interval, as `1.5 [1.2, 1.8]`."""
    if cell["mean"] is None:
        return "none"
    mean = f"{cell['mean']:.{digits}g}"
    return mean if cell["low"] is None else f"{mean} [{cell['low']:.{digits}g}, {cell['high']:.{digits}g}]"
