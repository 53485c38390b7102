"""The runs of a comparison as its metrics file has them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from saddle.reporting.claims.verdicts import BySeed, Claim, Verdict

# Variant -> optimizer -> figures, the content of metrics/optimizers.json or metrics/full_batch.json.
Table = Mapping[str, Any]
# What pictures and tables call a variant or an optimizer.
Titles = Callable[[str], str]
# What was measured, in words, and the verdict.
Finding = tuple[str, Verdict]


@dataclass(frozen=True)
class Statement:
    """A sentence of a report, the runs that decide it (by variant, its optimizers), and how they do."""

    words: str
    runs: Mapping[str, tuple[str, ...]]
    find: Callable[[Table, Titles], Finding]

    def held_against(self, table: Table, title: Titles) -> Claim:
        """The claim, judged by `table` if that holds all the runs it needs."""
        if any(name not in table.get(variant, {}) for variant, optimizers in self.runs.items() for name in optimizers):
            return Claim(self.words, "not measured", None)
        return Claim(self.words, *self.find(table, title))


def by_seed(cell: Mapping[str, Any], metric: str, missing: float = math.inf) -> BySeed:
    """A metric of each run of a cell; `missing` where it has none."""
    values = cell[metric]["runs"]
    return {seed: missing if value is None else value for seed, value in zip(cell["seeds"], values, strict=True)}


def median(cell: Mapping[str, Any], metric: str, digits: int = 3) -> str:
    """The median over the runs in words; "never" where half of them or more have no value."""
    value = cell[metric]["median"]
    return "never" if value is None else f"{value:.{digits}g}"


def every_run(cell: Mapping[str, Any], metric: str, digits: int = 3, word: str = "never") -> str:
    """The values of all runs, sorted; `word` for those that have none."""
    values = sorted(by_seed(cell, metric).values())
    return ", ".join(f"{value:.{digits}g}" if math.isfinite(value) else word for value in values)
