"""The runs of a comparison, read from the tables of its folder under plots/: runs.csv and w2.csv."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saddle.core.files import Kind, read_table
from saddle.errors import UserError
from saddle.metrics.points.convergence import epochs_to_fit, relapse_rate
from saddle.reporting.claims.verdicts import BySeed, Claim, Verdict

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
    courses: dict[int, tuple[Sequence[float], Sequence[float]]]

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

    note: what must be known beside what was measured.
    """

    words: str
    runs: Mapping[str, tuple[str, ...]]
    find: Callable[[Table, Titles], Finding]
    note: str = ""

    def held_against(self, table: Table, title: Titles, recipe: str, unit: str) -> Claim:
        """The claim, judged by `table`, if that has all the runs it needs.

        recipe: how the runs were trained. unit: of their epochs, in the plural.
        """
        if any(name not in table.get(variant, {}) for variant, optimizers in self.runs.items() for name in optimizers):
            return Claim(self.words, "not measured", None)
        measured, verdict = self.find(table, title)
        told = f"{measured}<br>{self.note}" if self.note else measured
        return Claim(self.words, told, verdict, f"`{recipe}`, {self._extent(table, title)} {unit}")

    def _extent(self, table: Table, title: Titles) -> str:
        cells = [(name, table[variant][name]) for variant, optimizers in self.runs.items() for name in optimizers]
        seeds = {name: len(cell.courses) for name, cell in cells}
        numbers = {*seeds.values()}
        told = f"{numbers.pop()}" if len(numbers) == 1 else ", ".join(f"{title(name)} {n}" for name, n in seeds.items())
        return f"{told} seeds, {max(cell.epochs for _, cell in cells):,.0f}"


def at_each_floor(find_at: Callable[[Table, Titles, float], Finding]) -> Callable[[Table, Titles], Finding]:
    """What `find_at` says where fit begins at each of `FIT_FLOORS`; if its verdicts differ, that they depend on it."""

    def find(table: Table, title: Titles) -> Finding:
        found = {floors: find_at(table, title, floors) for floors in FIT_FLOORS}
        verdicts = {verdict for _, verdict in found.values()}
        if len({*found.values()}) == 1:
            return found[FIT_FLOORS[0]]
        if len(verdicts) == 1:
            return "<br>".join(f"{floors:g} floors: {said}" for floors, (said, _) in found.items()), verdicts.pop()
        lines = (f"{floors:g} floors: {said} ({verdict})" for floors, (said, verdict) in found.items())
        return "<br>".join(lines), Verdict.DEPENDS_ON_FIT

    return find


def read_runs(folder: Path) -> Table:
    """The runs of the comparison whose tables are in `folder`.

    Raises `UserError` as `read_table`, and if a column of figures is missing or holds something else than numbers.
    """
    path = folder / "runs.csv"
    runs = read_table(path, {**CELL, "w2_floor": "float", "diverged": "flag"})
    if bad := [metric for metric in METRICS if metric not in runs or runs[metric].dtype.kind not in "if"]:
        raise UserError(f"{path}: has no numbers under {bad[0]!r}; run the stage that writes it (dvc repro)")
    # Where all runs diverged there is no row, which `read_table` refuses.
    sound = not runs["diverged"].all()
    distances = read_table(folder / "w2.csv", {**CELL, "epoch": "float", "sample_w2": "float"}) if sound else runs[:0]
    times, table = distances.to_dict("records"), dict[str, dict[str, Cell]]()
    for run in runs.to_dict("records"):
        cell = table.setdefault(run["variant"], {}).setdefault(
            run["optimizer"], Cell({name: {} for name in METRICS}, {})
        )
        for metric in METRICS:
            cell.figures[metric][run["seed"]] = run[metric]
        own = [row for row in times if all(row[name] == run[name] for name in CELL)]
        cell.courses[run["seed"]] = [row["epoch"] for row in own], [row["sample_w2"] / run["w2_floor"] for row in own]
    return table


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
