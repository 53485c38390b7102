"""What R1 and R3 state about their GANs on points, held against the runs of plots/full_batch and plots/optimizers."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saddle.core.files import read_table
from saddle.metrics.points.convergence import epochs_to_fit, relapse_rate
from saddle.reporting.claims.verdicts import BySeed, Claim, Titles, Verdict, all_of, in_all_runs, larger, smaller

# What each run must have for the claims and for the tables; empty where it has none.
METRICS = ("w2_ratio", "width_ratio", "density", "stability", "progress", "epochs_to_fit")
CELL = ("variant", "optimizer", "seed")
# Where a fit may be said to begin, in floors of W2. Single snapshots of a run that has long fitted swing up to 2.1 of
# them; at 4 the letter can just be read. No verdict about a fit may hang on which of them is taken.
FIT_FLOORS = (2.0, 2.5, 4.0)
# Up to so many runs are told one by one.
FEW = 5

# What the reports speak of, by the names that params.yaml has for it. A comparison may hold more, or less.
GAN, WGAN, WGAN_GP, WGAN_FREE = "gan", "wgan", "wgan_gp", "wgan_free"
RMSPROP, ADAM, SGD = "rmsprop", "adam", "sgd"

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
        found = {seed: epochs_to_fit(*course, floors) for seed, course in self.courses.items()}
        return {seed: math.inf if value is None else value for seed, value in found.items()}

    def relapses(self, floors: float) -> BySeed:
        """Of each run the share of its later snapshots that are off again; infinite for one that never fits."""
        found = {seed: relapse_rate(ratios, floors) for seed, (_, ratios) in self.courses.items()}
        return {seed: math.inf if value is None else value for seed, value in found.items()}


# Variant -> optimizer -> runs.
Table = Mapping[str, Mapping[str, Cell]]
# Variant -> its runs with each of the optimizers that a statement is about.
Cells = Mapping[str, Sequence[Cell]]


def read_runs(folder: Path) -> Table:
    """The runs of the comparison whose tables, runs.csv and w2.csv, are in `folder`. Raises as `read_table`."""
    runs = read_table(folder / "runs.csv", (*CELL, "w2_floor", "diverged"))
    # Where all runs diverged there is no row, which `read_table` refuses.
    sound = not runs["diverged"].all()
    distances = read_table(folder / "w2.csv", (*CELL, "epoch", "sample_w2")) if sound else runs[:0]
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
    return _figure(float(np.median(known)) if known else math.inf, digits, word)


def every_run(values: Iterable[float], digits: int = 3, word: str = "none") -> str:
    """All values, sorted; `word` for those that are infinite."""
    return ", ".join(_figure(value, digits, word) for value in sorted(values))


def few_or_range(values: Iterable[float], digits: int = 3, word: str = "never") -> str:
    """All values of a few runs; of more their median and range, in which `word` stands for infinite ones."""
    known = sorted(values)
    if len(known) <= FEW:
        return every_run(known, digits, word)
    low, high = (_figure(value, digits, word) for value in (known[0], known[-1]))
    return f"{median(known, digits, word)} ({low} to {high})"


def _figure(value: float, digits: int, word: str) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else word


@dataclass(frozen=True)
class Statement:
    """A sentence of a report, the runs that decide it (by variant, its optimizers), and how they do.

    note: what must be known beside what was measured.
    """

    words: str
    runs: Mapping[str, Sequence[str]]
    find: Callable[[Cells, Titles], Finding]
    note: str = ""

    def held_against(self, table: Table, title: Titles, recipe: str, unit: str) -> Claim:
        """The claim, judged by `table`, if that has all the runs it needs.

        recipe: how the runs were trained. unit: of their epochs, in the plural.
        """
        needed = [(variant, name) for variant, optimizers in self.runs.items() for name in optimizers]
        if any(name not in table.get(variant, {}) for variant, name in needed):
            return Claim(self.words)
        cells = {variant: [table[variant][name] for name in optimizers] for variant, optimizers in self.runs.items()}
        measured, verdict = self.find(cells, title)
        told = f"{measured}<br>{self.note}" if self.note else measured
        seeds = {name: len(table[variant][name].courses) for variant, name in needed}
        numbers = [f"{title(name)} {number}" for name, number in seeds.items()]
        extent = ", ".join(numbers) if len({*seeds.values()}) > 1 else f"{max(seeds.values())}"
        epochs = max(table[variant][name].epochs for variant, name in needed)
        return Claim(self.words, told, verdict, f"`{recipe}`, {extent} seeds, {epochs:,.0f} {unit}")


def at_each_floor(find_at: Callable[[Cells, Titles, float], Finding]) -> Callable[[Cells, Titles], Finding]:
    """What `find_at` says where fit begins at each of `FIT_FLOORS`; if its verdicts differ, that they depend on it."""

    def find(cells: Cells, title: Titles) -> Finding:
        found = {floors: find_at(cells, title, floors) for floors in FIT_FLOORS}
        verdicts = {verdict for _, verdict in found.values()}
        if len({*found.values()}) == 1:
            return found[FIT_FLOORS[0]]
        if len(verdicts) == 1:
            return "<br>".join(f"{floors:g} floors: {said}" for floors, (said, _) in found.items()), verdicts.pop()
        lines = (f"{floors:g} floors: {said} ({verdict})" for floors, (said, verdict) in found.items())
        return "<br>".join(lines), Verdict.DEPENDS_ON_FIT

    return find


def _listed(said: Mapping[str, str], title: Titles, mark: str = ", ") -> str:
    """What was measured of each variant, behind its title."""
    return mark.join(f"{title(variant)} {words}" for variant, words in said.items())


# R1. Its pictures are so many steps apart: when a run fits is known no better.
R1_SNAPSHOT = 100.0
# As R1 trained them.
R1_OPTIMIZER = {GAN: ADAM, WGAN: RMSPROP, WGAN_GP: RMSPROP, WGAN_FREE: RMSPROP}
# Its code clears the penalty's gradients before they are used, and mixes the points with the critic's outputs.
NO_PENALTY = "In R1's code the penalty never acts: what it compared was WGAN with a WGAN without any constraint."


def report1(table: Table, title: Titles) -> list[Claim]:
    """Every claim of R1, held against `table`. All points are one batch, so that a step is an epoch."""
    return [statement.held_against(table, title, "full_batch", "steps") for statement in R1]


@at_each_floor
def _first_is_slower(cells: Cells, title: Titles, floors: float) -> Finding:
    steps = {variant: cell.fits(floors) for variant, (cell,) in cells.items()}
    told = {variant: f"fits at step {few_or_range(own.values(), 6)}" for variant, own in steps.items()}
    return _listed(told, title, "; "), larger(*steps.values(), resolution=R1_SNAPSHOT)


def _slower(words: str, slow: str, fast: str, note: str = "") -> Statement:
    return Statement(words, {variant: (R1_OPTIMIZER[variant],) for variant in (slow, fast)}, _first_is_slower, note)


R1 = (
    _slower("WGAN converges more slowly than the GAN", WGAN, GAN),
    _slower("WGAN-GP converges faster than WGAN", WGAN, WGAN_GP, NO_PENALTY),
    _slower("the same as its code ran it: WGAN without any constraint against WGAN", WGAN, WGAN_FREE),
)

# R3. "By about 50 epochs" is an upper bound, and allows for a quarter more. "Some tens" are fewer than a hundred.
# "Needs about 200" is no upper bound: two thirds of it to half as many again.
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
R3_SNAPSHOT = 10.0


def report3(table: Table, title: Titles, recipe: str) -> list[Claim]:
    """Every claim of R3, held against `table`. recipe: of its runs."""
    return [statement.held_against(table, title, recipe, "epochs") for statement in R3]


@at_each_floor
def _fits_early_and_stays(cells: Cells, title: Titles, floors: float) -> Finding:
    ((cell,),) = cells.values()
    fits, relapses = cell.fits(floors), cell.relapses(floors)
    holds = [fits[seed] <= 50 * ABOUT and relapses[seed] <= STAYS for seed in fits]
    most = max((value for value in relapses.values() if math.isfinite(value)), default=math.nan)
    stays = f"; off again in {100 * most:.0f} % of the later snapshots at most" if most else "; all stay"
    return _fit_epochs(fits) + ("" if math.isnan(most) else stays), in_all_runs(holds)


def _fits_between(earliest: float, latest: float) -> Callable[[Cells, Titles], Finding]:
    @at_each_floor
    def find(cells: Cells, title: Titles, floors: float) -> Finding:
        ((cell,),) = cells.values()
        fits = cell.fits(floors)
        return _fit_epochs(fits), in_all_runs([earliest <= value <= latest for value in fits.values()])

    return find


def _fit_epochs(fits: BySeed) -> str:
    return f"fits at epoch {few_or_range(fits.values())}"


@at_each_floor
def _wgan_gp_needs_longest(cells: Cells, title: Titles, floors: float) -> Finding:
    fits = {variant: cell.fits(floors) for variant, (cell,) in cells.items()}
    verdict = all_of(larger(fits[WGAN_GP], fits[other], resolution=R3_SNAPSHOT) for other in (GAN, WGAN))
    told = {variant: few_or_range(own.values()) for variant, own in fits.items()}
    return f"epochs to fit: {_listed(told, title, '; ')}", verdict


def _of_fitted_runs(
    metric: str, words: str, compare: Callable[[BySeed, BySeed], Verdict]
) -> Callable[[Cells, Titles], Finding]:
    """How `metric` of WGAN-GP compares, among the runs that fit: of others it tells little."""

    @at_each_floor
    def find(cells: Cells, title: Titles, floors: float) -> Finding:
        values, told = {}, {}
        for variant, (cell,) in cells.items():
            fits = cell.fits(floors)
            own = {seed: value for seed, value in cell.known(metric).items() if math.isfinite(fits[seed])}
            values[variant], told[variant] = own, f"{median(own.values())} ({len(own)} of {len(fits)})"
        verdict = all_of(compare(values[WGAN_GP], values[other]) for other in (GAN, WGAN))
        return f"median {words} of the runs that fit, 1 is the data's: {_listed(told, title)}", verdict

    return find


def _does_not_move(cells: Cells, title: Titles) -> Finding:
    told, verdicts = {}, []
    for variant, (cell,) in cells.items():
        shares = [100 * share for share in cell.known("progress").values()]
        told[variant] = f"{few_or_range(shares, 2)} %" if shares else "none"
        verdicts.append(in_all_runs([abs(share) <= HARDLY for share in cell.bad_if_missing("progress").values()]))
    return f"share of the way to the data covered: {_listed(told, title)}", all_of(verdicts)


def _adam_is_less_stable(cells: Cells, title: Titles) -> Finding:
    told = {variant: " against ".join(_median(cell, "stability", 2) for cell in own) for variant, own in cells.items()}
    swings = [[cell.bad_if_missing("stability") for cell in own] for own in cells.values()]
    verdict = all_of(larger(adam, rmsprop, times=STRONGLY) for adam, rmsprop in swings)
    return f"median swing of W2 at the end, {title(ADAM)}'s against {title(RMSPROP)}'s: {_listed(told, title)}", verdict


def _rmsprop_is_best(cells: Cells, title: Titles) -> Finding:
    told, verdicts = {}, []
    for variant, own in cells.items():
        medians = {name: _median(cell, "w2_ratio") for name, cell in zip((RMSPROP, ADAM, SGD), own, strict=True)}
        told[variant] = _listed(medians, title)
        rmsprop, *others = (cell.bad_if_missing("w2_ratio") for cell in own)
        verdicts += [smaller(rmsprop, other) for other in others]
    return f"median w2_ratio: {_listed(told, title, '; ')}", all_of(verdicts)


def _median(cell: Cell, metric: str, digits: int = 3) -> str:
    return median(cell.known(metric).values(), digits, "diverged")


def _with(*optimizers: str) -> dict[str, Sequence[str]]:
    """All three variants, with these optimizers."""
    return dict.fromkeys((GAN, WGAN, WGAN_GP), optimizers)


R3 = (
    Statement("GAN fits already by about 50 epochs and stays", {GAN: [RMSPROP]}, _fits_early_and_stays),
    Statement("WGAN fits by some tens of epochs", {WGAN: [RMSPROP]}, _fits_between(0, SOME_TENS)),
    Statement(
        "WGAN-GP needs about 200 epochs to fit",
        {WGAN_GP: [RMSPROP]},
        _fits_between(200 / NEEDS_ABOUT, 200 * NEEDS_ABOUT),
    ),
    Statement("WGAN-GP needs longer than the other two", _with(RMSPROP), _wgan_gp_needs_longest),
    Statement(
        "WGAN-GP ends with the finest cloud: the thinnest strokes",
        _with(RMSPROP),
        _of_fitted_runs("width_ratio", "width of the strokes", smaller),
    ),
    Statement("WGAN-GP ends with the densest cloud", _with(RMSPROP), _of_fitted_runs("density", "density", larger)),
    Statement("SGD hardly moves from start to end", _with(SGD), _does_not_move),
    Statement("Adam swings strongly and is unstable", _with(ADAM, RMSPROP), _adam_is_less_stable),
    Statement("RMSprop is best for all three", _with(RMSPROP, ADAM, SGD), _rmsprop_is_best),
)
