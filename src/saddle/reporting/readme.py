"""`saddle readme`: the tables of README.md and of the other pages that have some, made from the committed metrics."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saddle.config import Settings, load_settings
from saddle.core.files import read_object, read_table, replacing
from saddle.errors import UserError, shortened
from saddle.reporting import meanings
from saddle.reporting.chinese import in_chinese
from saddle.reporting.claims import report1, report3
from saddle.reporting.claims.images import ImageRun, report2, report4
from saddle.reporting.claims.runs import Cell, Table, every_run, median, read_runs
from saddle.reporting.claims.verdicts import Claim
from saddle.reporting.directions import direction_of, word_for_null
from saddle.reporting.markdown import code, table, words
from saddle.reporting.states import METRICS, PLOTS

MARK = "<!-- table: {name} -->"
END = "<!-- end -->"
# The pages, and how the name of one in Chinese ends.
PAGES = ("README.md", "README.zh-CN.md", "docs/results.md")
CHINESE = ".zh-CN.md"

# Those of single samples, which real points have too, and those of a run, which they have not.
SAMPLE_METRICS = ("w2", "width_ratio", "precision", "recall", "density", "coverage", "energy")
RUN_METRICS = ("w2_ratio", "epochs_to_fit")
# Of the comparisons, with the digits that each is shown with.
COMPARED_METRICS = {"w2_ratio": 3, "width_ratio": 3, "epochs_to_fit": 6, "stability": 2, "progress": 2}
IMAGE_METRICS = ("fid", "kid", "inception_score", "precision", "recall", "density", "coverage", "memorization")
# Beside the variants there are the metrics of real samples, what a perfect generator would reach.
FLOOR, POINTS_FLOOR_TITLE, IMAGES_FLOOR_TITLE = "floor", "real points", "real training images"
NOTHING = "–"
# The runs of full length, among the metrics and the plots.
FULL = "full"
# The columns that say what becomes of a claim.
VERDICT = ("holds", "judged by")
# The generators of digits whose directions are told.
DIGITS = ("progan", "dcgan")


@dataclass(frozen=True)
class Results:
    """Where the metrics and the logs lie, and the settings, which name the variants, their order and their titles."""

    metrics: Path
    plots: Path
    settings: Settings

    def title(self, name: str) -> str:
        """What the tables call a variant or an optimizer; nothing in it is markup."""
        return words(self.settings.title(name))

    def read(self, name: str) -> Mapping[str, Any]:
        """The content of a metrics file. Raises `UserError` if it is missing or no JSON object."""
        return read_object(self.metrics / name)

    def comparison(self, name: str) -> Table:
        """The runs of a comparison, from its folder of tables. Raises `UserError` as `read_runs`."""
        return read_runs(self.plots / name)

    def measured(self, name: str, positive: Sequence[str]) -> Mapping[str, Any]:
        """As `read`, with numbers above 0 under these names. Raises `UserError` if one is not."""
        content = self.read(name)
        for metric in positive:
            value = content.get(metric)
            if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
                raise UserError(
                    f"{self.metrics / name}: {metric} is {shortened(repr(value))}; expected a number above 0"
                )
        return content


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"whose tables to renew (default: {', '.join(PAGES)})")


def run(arguments: argparse.Namespace) -> None:
    """Renew the tables in place. Raises `UserError` if a file, params.yaml or a metrics file is missing or bad."""
    paths = [Path(name) for name in arguments.files or PAGES]
    if missing := [path for path in paths if not path.is_file()]:
        raise UserError(f"{missing[0]}: no such file")
    results = Results(Path(METRICS), Path(PLOTS), load_settings())
    for path in paths:
        text = with_tables(path.read_text(encoding="utf-8"), results, chinese=path.name.endswith(CHINESE))
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")


def with_tables(text: str, results: Results, *, chinese: bool = False) -> str:
    """`text` with what stands between the marks of each table replaced by the table made from `results`."""
    for name, make in TABLES.items():
        pattern = re.compile(re.escape(MARK.format(name=name)) + r"\n.*?" + re.escape(END), re.DOTALL)
        if place := pattern.search(text):
            content = in_chinese(make(results)) if chinese else make(results)
            made = f"{MARK.format(name=name)}\n{content}\n{END}"
            text = text[: place.start()] + made + text[place.end() :]
    return text


def _points(results: Results) -> str:
    names = (*SAMPLE_METRICS, *RUN_METRICS)
    rows = [
        _row(results.title(name), results, f"points/{name}.json", names) for name in results.settings.points.variants
    ]
    floor = _row(POINTS_FLOOR_TITLE, results, f"points/{FLOOR}.json", SAMPLE_METRICS)
    return table(["", *map(_heading, names)], [*rows, [*floor, *[NOTHING] * len(RUN_METRICS)]])


def _images(results: Results) -> str:
    rows = [
        _row(f"{results.title(name)}<br>{_budget(results, name)}", results, f"mnist/{name}.json", IMAGE_METRICS)
        for name in results.settings.mnist.variants
    ]
    floor = _row(IMAGES_FLOOR_TITLE, results, f"mnist/{FLOOR}.json", IMAGE_METRICS)
    return table(["", *map(_heading, IMAGE_METRICS)], [*rows, floor])


def _full_length(results: Results) -> str:
    names = (*IMAGE_METRICS, "digit_share")
    runs = _full_runs(results).values()
    rows = [
        _row(f"{results.title(run.variant)}<br>{run.epochs} epochs", results, f"{FULL}/{run.variant}.json", names)
        for run in runs
    ]
    return table(["", *map(_heading, names)], rows)


def _budget(results: Results, name: str) -> str:
    epochs, of = _epochs(results.settings, name)
    return f"{epochs} of {of} epochs"


def _epochs(settings: Settings, name: str) -> tuple[int, int]:
    """How many epochs an image variant trains at the chosen scale, and at full scale."""
    budgets = settings.mnist.variant(name).budgets
    return getattr(budgets, settings.scale).epochs, budgets.full.epochs


def _optimizers(results: Results) -> str:
    return _compared(results, "optimizers")


def _full_batch(results: Results) -> str:
    return _compared(results, "full_batch")


def _compared(results: Results, folder: str) -> str:
    """The median of each metric over the runs of a cell, and below it all of them."""
    compared = results.comparison(folder)
    rows = []
    for variant in dict.fromkeys([*results.settings.points.variants, *compared]):
        for optimizer, cell in _in_order(results.settings, compared.get(variant, {})):
            figures = [_runs_of(cell, name, digits) for name, digits in COMPARED_METRICS.items()]
            rows.append([results.title(variant), results.title(optimizer), *figures])
    return table(["variant", "optimizer", *map(_heading, COMPARED_METRICS)], rows)


def _runs_of(cell: Cell, metric: str, digits: int) -> str:
    """The median, and all runs. One that never fits counts as later than all others; elsewhere no value is left out."""
    every, worst = cell.bad_if_missing(metric).values(), word_for_null(metric)
    middle = every if worst else cell.known(metric).values()
    word = worst or "none"
    return f"**{median(middle, digits, word)}**<br>{every_run(every, digits, word)}"


def _in_order(settings: Settings, cells: Mapping[str, Cell]) -> list[tuple[str, Cell]]:
    """The cells of a variant, the optimizers in the order of params.yaml, then any others."""
    names = dict.fromkeys([*settings.comparison.optimizers, *cells])
    return [(name, cells[name]) for name in names if name in cells]


def _claims1(results: Results) -> Sequence[Claim]:
    return report1.claims(results.comparison("full_batch"), results.title)


def _claims2(results: Results) -> Sequence[Claim]:
    return report2(_image_runs(results), _full_runs(results))


def _claims3(results: Results) -> Sequence[Claim]:
    return report3.claims(results.comparison("optimizers"), results.title, results.settings.points.recipe)


def _claims4(results: Results) -> Sequence[Claim]:
    return report4(_image_runs(results), _full_runs(results), results.title)


CLAIMS: dict[str, Callable[[Results], Sequence[Claim]]] = {
    "R1": _claims1,
    "R2": _claims2,
    "R3": _claims3,
    "R4": _claims4,
}


def _image_runs(results: Results) -> dict[str, ImageRun]:
    """The run of each image variant."""
    variants = results.settings.mnist.variants
    return {name: _image_run(results, "mnist", name, *_epochs(results.settings, name)) for name in variants}


def _full_runs(results: Results) -> dict[str, ImageRun]:
    """The runs of full length that there are: `python -m stages full_length VARIANT` makes one."""
    budgets = {name: variant.budgets.full.epochs for name, variant in results.settings.mnist.variants.items()}
    return {
        name: _image_run(results, FULL, name, epochs, epochs)
        for name, epochs in budgets.items()
        if (results.metrics / FULL / f"{name}.json").is_file()
    }


def _image_run(results: Results, group: str, name: str, epochs: int, of: int) -> ImageRun:
    folder = results.plots / group / name
    log = _columns(folder / "training.csv", ("epoch", "d_real", "d_fake"))
    digits = folder / "digits.csv"
    shares = _columns(digits, ("epoch", "digit_share")) if digits.is_file() else {}
    return ImageRun(name, epochs, of, log, results.measured(f"{group}/{name}.json", ("fid",)), shares)


def _columns(path: Path, names: Sequence[str]) -> dict[str, list[float]]:
    """Columns of numbers of a table. Raises `UserError` as `read_table`."""
    found = read_table(path, dict.fromkeys(names, "float"))
    return {name: found[name].tolist() for name in names}


def _claims(report: str) -> Callable[[Results], str]:
    """The table of what one report states, with what was measured."""

    def made(results: Results) -> str:
        rows = [[claim.statement, claim.measured, *_verdict(claim)] for claim in CLAIMS[report](results)]
        return table([f"{report} states", "measured", *VERDICT], rows)

    return made


def _verdicts(results: Results) -> str:
    """What all reports state, and what becomes of it."""
    rows = [[report, claim.statement, *_verdict(claim)] for report, of in CLAIMS.items() for claim in of(results)]
    return table(["report", "statement", *VERDICT], rows)


def _verdict(claim: Claim) -> list[str]:
    return [claim.verdict or NOTHING, claim.judged_by or NOTHING]


def _heading(metric: str) -> str:
    """A metric's name, and which way it is better."""
    direction = direction_of(metric)
    return f"{code(metric)} {direction.sign}" if direction else code(metric)


def _row(title: str, results: Results, file: str, names: Sequence[str]) -> list[str]:
    measured = results.read(file)
    missing = [name for name in names if name not in measured]
    if missing:
        raise UserError(f"{results.metrics / file}: has no {missing[0]!r}; run dvc repro first")
    for name in names:
        value = measured[name]
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
            raise UserError(f"{results.metrics / file}: {name} is {shortened(repr(value))}; expected a number or null")
    return [title, *(_figure(name, measured[name]) for name in names)]


def _figure(metric: str, value: float | None) -> str:
    return word_for_null(metric) or "none" if value is None else f"{value:.3g}"


def _meanings(results: Results) -> str:
    """What directions mean: as R3 states it, as it was measured on R3's own generator if it is there, and on ours."""
    own, faces = meanings.REPORTS_GENERATOR, "faces"
    theirs = next((name for name in own if (results.metrics / f"sefa/{name}.json").is_file()), None)
    found = results.read(f"sefa/{theirs}.json") if theirs else None
    measured = {str(theirs): found, faces: results.read(f"sefa/{faces}.json")}
    headings = ["direction", "R3 states", own[theirs or min(own)], f"measured on the {results.title(faces)}"]
    return table(headings, meanings.rows(measured))


def _digits(results: Results) -> str:
    """What the directions of the generators of digits mean, as it was measured."""
    measured = {name: results.read(f"sefa/{name}.json") for name in DIGITS}
    rows = [row[:1] + row[2:] for row in meanings.rows(measured)]
    return table(["direction", *map(results.title, DIGITS)], rows)


TABLES: dict[str, Callable[[Results], str]] = {
    "points": _points,
    "optimizers": _optimizers,
    "full batch": _full_batch,
    "images": _images,
    "full length": _full_length,
    **{f"claims of {report}": _claims(report) for report in CLAIMS},
    "verdicts": _verdicts,
    "meanings": _meanings,
    "digits": _digits,
}
