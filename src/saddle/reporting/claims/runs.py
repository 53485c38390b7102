"""The runs of a comparison, read from the tables of its folder under plots/: runs.csv and w2.csv."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saddle.errors import UserError
from saddle.files import read_table
from saddle.metrics.points.convergence import epochs_to_fit, relapse_rate
from saddle.npz import Kind
from saddle.reporting.claims.verdicts import BySeed, Claim, Verdict

if TYPE_CHECKING:
    import pandas as pd

# What each run must have for the claims and for the tables; empty where it has none.
METRICS = ("w2_ratio", "width_ratio", "density", "stability", "progress", "epochs_to_fit")
CELL: dict[str, Kind] = {"variant": "text", "optimizer": "text", "seed": "count"}
# Where a fit may be said to begin, in floors of W2. Single snapshots of a run that has long fitted swing up to 2.1 of
# them; at 4 the letter can just be read. No verdict about a fit may hang on which of them is taken.
FIT_FLOORS = (2.0, 2.5, 4.0)
# Up to so many runs are told one by one.
FEW = 5

# What pictures and tables call a variant or an optimizer.
Titles = Callable[[str], str]
# What was measured, in words, and the verdict.
Finding = tuple[str, Verdict]


@dataclass(frozen=True)
class Cell:
    """The runs of one variant with one optimizer.

    figures: by metric, each run's value; NaN where it has none. courses: each run's epochs and its W2 over the floor,
    one a snapshot; empty for a run that diverged.
    """

    figures: Mapping[str, BySeed]
    courses: Mapping[int, tuple[Sequence[float], Sequence[float]]]

    @property
    def epochs(self) -> float:
        """How long the runs are; 0 if all diverged."""
        return max((epoch[-1] for epoch, _ in self.courses.values() if epoch), default=0)

    def known(self, metric: str) -> BySeed:
        """A metric of the runs that have one."""
        return {seed: value for seed, value in self.figures[metric].items() if not math.isnan(value)}

    def bad_if_missing(self, metric: str) -> BySeed:
        """A metric of all runs, infinite for those that have none: they diverged, or never fitted."""
        return {seed: math.inf if math.isnan(value) else value for seed, value in self.figures[metric].items()}

    def fits(self, floors: float) -> BySeed:
        """The epoch at which each run fits, its W2 below so many floors; infinite for one that never does."""
        return self._of_courses(epochs_to_fit, floors)

    def relapses(self, floors: float) -> BySeed:
        """Of each run the share of its later snapshots that are off again; infinite for one that never fits."""
        return self._of_courses(lambda _, ratios, threshold: relapse_rate(ratios, threshold), floors)

    def _of_courses(
        self, measure: Callable[[Sequence[float], Sequence[float], float], float | None], floors: float
    ) -> BySeed:
        found = {seed: measure(*course, floors) for seed, course in self.courses.items()}
        return {seed: math.inf if value is None else value for seed, value in found.items()}


# Variant -> optimizer -> runs.
Table = Mapping[str, Mapping[str, Cell]]


@dataclass(frozen=True)
class Statement:
    """A sentence of a report, the runs that decide it (by variant, its optimizers), and how they do.

    optional: it is left out where there are no such runs, and not told as one that was not measured.
    """

    words: str
    runs: Mapping[str, tuple[str, ...]]
    find: Callable[[Table, Titles], Finding]
    optional: bool = False

    def is_measured(self, table: Table) -> bool:
        """Whether `table` has all the runs that it needs."""
        return all(name in table.get(variant, {}) for variant, optimizers in self.runs.items() for name in optimizers)


def claims_of(statements: Iterable[Statement], table: Table, title: Titles, recipe: str, unit: str) -> list[Claim]:
    """The statements, judged by `table`. recipe: how its runs were trained. unit: of their epochs, in the plural."""
    claims = []
    for statement in statements:
        if statement.is_measured(table):
            judged_by = f"`{recipe}`, {_extent(statement, table, title, unit)}"
            claims.append(Claim(statement.words, *statement.find(table, title), judged_by))
        elif not statement.optional:
            claims.append(Claim(statement.words, "not measured", None))
    return claims


def _extent(statement: Statement, table: Table, title: Titles, unit: str) -> str:
    """How many seeds and epochs a statement is judged by."""
    cells = [(name, table[variant][name]) for variant, optimizers in statement.runs.items() for name in optimizers]
    seeds = {name: len(cell.courses) for name, cell in cells}
    numbers = {*seeds.values()}
    told = f"{numbers.pop()}" if len(numbers) == 1 else ", ".join(f"{title(name)} {n}" for name, n in seeds.items())
    return f"{told} seeds, {max(cell.epochs for _, cell in cells):,.0f} {unit}"


def at_each_floor(find: Callable[[float], Finding]) -> Finding:
    """What `find` says where fit begins at each of `FIT_FLOORS`; if the verdicts differ, that they depend on it."""
    found = {floors: find(floors) for floors in FIT_FLOORS}
    verdicts = {verdict for _, verdict in found.values()}
    differ = len(verdicts) > 1
    verdict = Verdict.DEPENDS_ON_FIT if differ else verdicts.pop()
    if len({measured for measured, _ in found.values()}) == 1 and not differ:
        return found[FIT_FLOORS[0]]
    lines = [f"{floors:g} floors: {said}{f' ({own})' if differ else ''}" for floors, (said, own) in found.items()]
    return "<br>".join(lines), verdict


def read_runs(folder: Path) -> Table:
    """The runs of the comparison whose tables are in `folder`.

    Raises `UserError` as `read_table`, and if a column of figures is missing or holds something else than numbers.
    """
    path = folder / "runs.csv"
    runs = read_table(path, {**CELL, "w2_floor": "float", "diverged": "flag"})
    for metric in METRICS:
        if metric not in runs:
            raise UserError(f"{path}: has no column {metric!r}; run the stage that writes it (dvc repro)")
        if runs[metric].dtype.kind not in "if":
            raise UserError(f"{path}: column {metric!r} has something else than numbers in it")
    # Where all runs diverged there is no row, which `read_table` refuses.
    sound = not runs["diverged"].all()
    distances = read_table(folder / "w2.csv", {**CELL, "epoch": "float", "sample_w2": "float"}) if sound else None
    table: dict[str, dict[str, Cell]] = {}
    for (variant, optimizer), rows in runs.groupby(["variant", "optimizer"], sort=False):
        own = None if distances is None else _of(distances, variant, optimizer)
        figures = {metric: dict(zip(rows["seed"].tolist(), rows[metric].tolist(), strict=True)) for metric in METRICS}
        courses = {
            seed: _course(own, seed, floor)
            for seed, floor in zip(rows["seed"].tolist(), rows["w2_floor"].tolist(), strict=True)
        }
        table.setdefault(str(variant), {})[str(optimizer)] = Cell(figures, courses)
    return table


def _of(distances: "pd.DataFrame", variant: object, optimizer: object) -> "pd.DataFrame":
    return distances[(distances["variant"] == variant) & (distances["optimizer"] == optimizer)]


def _course(distances: "pd.DataFrame | None", seed: int, floor: float) -> tuple[list[float], list[float]]:
    if distances is None:
        return [], []
    rows = distances[distances["seed"] == seed]
    return rows["epoch"].tolist(), (rows["sample_w2"] / floor).tolist()


def median(values: Iterable[float], digits: int = 3, word: str = "none") -> str:
    """The median in words; `word` where there is no value, or where half of them or more are infinite."""
    known = list(values)
    middle = float(np.median(known)) if known else math.inf
    return _told(middle, digits, word)


def every_run(values: Iterable[float], digits: int = 3, word: str = "none") -> str:
    """All values, sorted; `word` for those that are infinite."""
    return ", ".join(_told(value, digits, word) for value in sorted(values))


def few_or_range(values: Iterable[float], digits: int = 3, word: str = "none") -> str:
    """All values of a few runs; of more their median and range, in which `word` stands for infinite ones."""
    known = sorted(values)
    if len(known) <= FEW:
        return every_run(known, digits, word)
    low, high = (_told(value, digits, word) for value in (known[0], known[-1]))
    return f"{median(known, digits, word)} ({low} to {high})"


def _told(value: float, digits: int, word: str) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else word
