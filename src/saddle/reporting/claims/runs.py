"""The runs of a comparison as its metrics file has them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saddle.errors import UserError
from saddle.reporting.claims.verdicts import BySeed, Claim, Verdict

# Variant -> optimizer -> figures, the content of metrics/optimizers.json or metrics/full_batch.json.
Table = Mapping[str, Any]
# What pictures and tables call a variant or an optimizer.
Titles = Callable[[str], str]
# What a cell must have for the claims and for the tables.
METRICS = ("w2_ratio", "width_ratio", "density", "stability", "progress", "relapse_rate", "epochs_to_fit")
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


def checked(content: Mapping[str, Any], file: str | Path) -> Table:
    """`content` if it is a comparison as the pipeline writes it. Raises `UserError` that names what is not."""
    for variant, cells in content.items():
        for optimizer, cell in cells.items() if isinstance(cells, dict) else [("", None)]:
            place = f"{file}: {variant}.{optimizer}".rstrip(".")
            if not isinstance(cell, dict) or not isinstance(cell.get("seeds"), list):
                raise UserError(f"{place} holds no runs; run dvc repro first")
            for metric in METRICS:
                if not _is_summary(cell.get(metric), len(cell["seeds"])):
                    raise UserError(f"{place} has no {metric!r} of {len(cell['seeds'])} runs; run dvc repro first")
    return content


def _is_summary(value: object, runs: int) -> bool:
    """Whether it has a median and a figure of each run, numbers or None."""
    if not isinstance(value, dict) or "median" not in value or not isinstance(value.get("runs"), list):
        return False
    return len(value["runs"]) == runs and all(map(_is_figure, [value["median"], *value["runs"]]))


def _is_figure(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def by_seed(cell: Mapping[str, Any], metric: str, missing: float = math.inf) -> BySeed:
    """A metric of each run of a cell; `missing` where it has none."""
    values = cell[metric]["runs"]
    return {seed: missing if value is None else value for seed, value in zip(cell["seeds"], values, strict=True)}


def fitted(cell: Mapping[str, Any]) -> set[int]:
    """The seeds of the runs that fitted: of others it says little how fine or how dense their clouds are."""
    return {seed for seed, epochs in by_seed(cell, "epochs_to_fit").items() if math.isfinite(epochs)}


def median(cell: Mapping[str, Any], metric: str, digits: int = 3, word: str = "none") -> str:
    """The median over the runs in words; `word` where there is none."""
    value = cell[metric]["median"]
    return word if value is None else f"{value:.{digits}g}"


def every_run(cell: Mapping[str, Any], metric: str, digits: int = 3, word: str = "none") -> str:
    """The values of all runs, sorted; `word` for those that have none."""
    values = sorted(by_seed(cell, metric).values())
    return ", ".join(f"{value:.{digits}g}" if math.isfinite(value) else word for value in values)
