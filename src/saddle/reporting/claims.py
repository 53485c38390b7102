"""What R3 states about its optimizers, held against metrics/optimizers.json."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# "About 50 epochs" is taken to mean within a factor of two.
ABOUT = 2.0
# A generator that has not moved is this far from the data, in the units of the data; a fitted one is near 0.03.
UNMOVED_W2 = 0.5

VARIANTS = {"gan": "GAN", "wgan": "WGAN", "wgan_gp": "WGAN-GP"}
OPTIMIZERS = {"rmsprop": "RMSprop", "adam": "Adam", "sgd": "SGD"}


@dataclass(frozen=True)
class Claim:
    """A statement of the report, what was measured, and whether it holds."""

    statement: str
    measured: str
    holds: bool


def claims(table: Mapping[str, Any]) -> list[Claim]:
    """Every claim of R3 that `table`, the content of metrics/optimizers.json, can decide."""
    return [
        *(_fits_after(table, variant, epochs) for variant, epochs in (("gan", 50), ("wgan", 50), ("wgan_gp", 200))),
        _sgd_does_not_move(table),
        _adam_is_less_stable(table),
        _rmsprop_is_best(table),
        _finest(table),
    ]


def _fits_after(table: Mapping[str, Any], variant: str, epochs: int) -> Claim:
    cell = table[variant]["rmsprop"]
    mean = cell["epochs_to_fit"]["mean"]
    holds = mean is not None and not cell["never_fitted"] and epochs / ABOUT <= mean <= epochs * ABOUT
    measured = with_interval(cell["epochs_to_fit"], 3) + " epochs"
    if cell["never_fitted"]:
        measured += f", {cell['never_fitted']} never"
    elif mean is not None and mean < epochs / ABOUT:
        measured += ", sooner"
    return Claim(f"{VARIANTS[variant]} fits after about {epochs} epochs and stays", measured, holds)


def _sgd_does_not_move(table: Mapping[str, Any]) -> Claim:
    means = {variant: _mean(table[variant]["sgd"]["w2"]) for variant in VARIANTS}
    measured = "W2 " + ", ".join(f"{VARIANTS[v]} {mean:.2f}" for v, mean in means.items())
    return Claim(
        "SGD hardly moves from start to end", measured, all(UNMOVED_W2 < mean < math.inf for mean in means.values())
    )


def _adam_is_less_stable(table: Mapping[str, Any]) -> Claim:
    pairs = {
        variant: (_mean(table[variant]["adam"]["stability"]), _mean(table[variant]["rmsprop"]["stability"]))
        for variant in VARIANTS
    }
    measured = "deviation of W2 at the end, times RMSprop's: " + ", ".join(
        f"{VARIANTS[v]} {adam / rmsprop:.1f}" for v, (adam, rmsprop) in pairs.items()
    )
    return Claim(
        "Adam swings strongly and is unstable", measured, all(adam > rmsprop for adam, rmsprop in pairs.values())
    )


def _rmsprop_is_best(table: Mapping[str, Any]) -> Claim:
    best = {v: min(OPTIMIZERS, key=lambda o: _mean(table[v][o]["w2_ratio"])) for v in VARIANTS}
    measured = "lowest w2_ratio: " + ", ".join(f"{VARIANTS[v]} {OPTIMIZERS[o]}" for v, o in best.items())
    return Claim("RMSprop is best for all three", measured, set(best.values()) == {"rmsprop"})


def _finest(table: Mapping[str, Any]) -> Claim:
    ratios = {v: table[v]["rmsprop"]["w2_ratio"] for v in VARIANTS}
    measured = "w2_ratio " + ", ".join(f"{VARIANTS[v]} {with_interval(ratio, 3)}" for v, ratio in ratios.items())
    finest = min(ratios, key=lambda v: _mean(ratios[v]))
    return Claim("WGAN-GP ends with the finest cloud", measured, finest == "wgan_gp")


def _mean(cell: Mapping[str, Any]) -> float:
    """The mean, infinite where all runs of the cell diverged."""
    return math.inf if cell["mean"] is None else float(cell["mean"])


def with_interval(cell: Mapping[str, Any], digits: int) -> str:
    """A mean with its 95 % interval, as `1.5 [1.2, 1.8]`."""
    if cell["mean"] is None:
        return "none"
    mean = f"{cell['mean']:.{digits}g}"
    return mean if cell["low"] is None else f"{mean} [{cell['low']:.{digits}g}, {cell['high']:.{digits}g}]"
