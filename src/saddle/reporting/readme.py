"""`saddle readme`: the tables of README.md and of the other pages that have some, made from the committed metrics."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from saddle.config import Settings, load_settings
from saddle.config.settings import read_yaml
from saddle.core.files import read_object, read_table, replacing
from saddle.errors import UserError
from saddle.reporting import meanings
from saddle.reporting.claims.images import ImageRun, report2, report4
from saddle.reporting.claims.points import Cell, every_run, median, read_runs, report1, report3
from saddle.reporting.claims.verdicts import Claim
from saddle.reporting.directions import heading, word_for_null
from saddle.reporting.markdown import ABSENT, table, words

# The pages, and how the name of one in Chinese ends.
PAGES = ("README.md", "README.zh-CN.md", "docs/results.md")
CHINESE = ".zh-CN.md"
# What stands in their tables: whole cells, and parts of cells as regular expressions, by the English words.
CHINESE_WORDS = read_yaml(Path(__file__).with_name("chinese.yaml"))

NEIGHBOUR_METRICS = ("precision", "recall", "density", "coverage")
# The last two are of a run; real points have none.
POINT_METRICS = ("w2", "width_ratio", *NEIGHBOUR_METRICS, "energy", "w2_ratio", "epochs_to_fit")
IMAGE_METRICS = ("fid", "kid", "inception_score", "digit_share", *NEIGHBOUR_METRICS, "memorization")
# Those of them that the READMEs show; the others are in docs/results.md.
POINTS_SHOWN = ("w2", "width_ratio", "coverage", "epochs_to_fit")
IMAGES_SHOWN = ("fid", "digit_share", "recall", "memorization")
# Of the comparisons, with the digits that each is shown with.
COMPARED_METRICS = {"w2_ratio": 3, "width_ratio": 3, "epochs_to_fit": 6, "stability": 2, "progress": 2}
# The runs of the image variants, among the metrics and the plots: at the chosen scale, and of full length.
IMAGES, FULL = "images", "full"
# What R2 and R4 train on: a data set of params.yaml.
MNIST = "mnist"
# The columns that say what becomes of a claim.
VERDICT = ("holds", "judged by")
# The generators of digits whose directions are told.
DIGITS = ("compact",)
# The generator whose directions are held against the truth, and what that says of them and of others.
AVATARS, METHODS = "avatars", {"sefa": "SeFa", "random": "random", "fitted": "fitted"}
SEPARATION = [f"{measure}{end}" for measure in ("changed", "purity") for end in ("", "_low", "_high")]


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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"whose tables to renew (default: {', '.join(PAGES)})")


def run(arguments: argparse.Namespace) -> None:
    """Renew the tables in place. Raises `UserError` if a file, params.yaml or a metrics file is missing or bad."""
    paths = [Path(name) for name in arguments.files or PAGES]
    if missing := [path for path in paths if not path.is_file()]:
        raise UserError(f"{missing[0]}: no such file")
    results = Results(Path("metrics"), Path("plots"), load_settings())
    for path in paths:
        text = with_tables(path.read_text(encoding="utf-8"), results, chinese=path.name.endswith(CHINESE))
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")


def with_tables(text: str, results: Results, *, chinese: bool = False) -> str:
    """`text` with what stands between the marks of each table replaced by the table made from `results`."""

    def made(place: re.Match[str]) -> str:
        content = TABLES[place["name"]](results)
        return f"{place['mark']}\n{in_chinese(content) if chinese else content}\n{place['end']}"

    marks = rf"(?P<mark><!-- table: (?P<name>{'|'.join(TABLES)}) -->)\n.*?(?P<end><!-- end -->)"
    return re.sub(marks, made, text, flags=re.DOTALL)


def in_chinese(content: str) -> str:
    """A table in Markdown with its cells in Chinese; what is not known stays as it is."""

    def translated(words: str) -> str:
        words = CHINESE_WORDS["cells"].get(words, words)
        for pattern, chinese in CHINESE_WORDS["parts"].items():
            words = re.sub(pattern, chinese, words)
        return words

    return re.sub(r"(\| |<br>)(.*?)(?= \||<br>)", lambda cell: cell[1] + translated(cell[2]), content)


def _points(results: Results, metrics: Sequence[str] = POINT_METRICS) -> str:
    rows = [(results.title(name), results.read(f"points/{name}.json")) for name in results.settings.points.variants]
    return _measured([*rows, ("real points", results.read("points/floor.json"))], metrics)


def _image_runs(results: Results, group: str) -> dict[str, ImageRun]:
    """The runs of the variants on MNIST: at the chosen scale of all; of full length those that there are."""
    runs = {}
    for name, variant in results.settings.images.variants.items():
        if variant.dataset != MNIST:
            continue
        if group == FULL and not (results.metrics / f"{FULL}/{name}.json").is_file():
            continue  # `python -m stages full_length VARIANT` makes one
        of = variant.budgets.full.epochs
        epochs = of if group == FULL else getattr(variant.budgets, results.settings.scale).epochs
        folder = results.plots / group / name
        log = _columns(folder / "training.csv", "epoch", "d_real", "d_fake")
        digits = folder / "digits.csv"
        shares = _columns(digits, "epoch", "digit_share") if digits.is_file() else {}
        runs[name] = ImageRun(name, epochs, of, log, results.read(f"{group}/{name}.json"), shares)
    return runs


def _columns(path: Path, *names: str) -> dict[str, list[float]]:
    found = read_table(path, names)
    return {name: found[name].tolist() for name in names}


def _images(results: Results, metrics: Sequence[str] = IMAGE_METRICS) -> str:
    rows = [*_image_rows(results, IMAGES), ("real training images", results.read(f"{IMAGES}/floor_{MNIST}.json"))]
    accuracy = results.read(f"{IMAGES}/classifier_{MNIST}.json")["test_accuracy"]
    return _measured(rows, metrics, by=f"by a classifier that is {100 * accuracy:.2f} % right")


def _full_length(results: Results) -> str:
    return _measured(_image_rows(results, FULL))


def _image_rows(results: Results, group: str) -> list[tuple[str, Mapping[str, Any]]]:
    runs = _image_runs(results, group)
    return [(f"{results.title(name)}<br>{run.length}", run.metrics) for name, run in runs.items()]


def _measured(
    rows: Iterable[tuple[str, Mapping[str, Any]]], metrics: Sequence[str] = IMAGE_METRICS, by: str = ""
) -> str:
    """A table of these metrics; rows: a title and the content of a metrics file, which may lack some of them."""
    figures = [[title, *(_figure(name, content.get(name, ABSENT)) for name in metrics)] for title, content in rows]
    return table([by, *map(heading, metrics)], figures)


def _figure(metric: str, value: float | str | None) -> str:
    if value is None:
        return word_for_null(metric) or "none"
    return value if isinstance(value, str) else f"{value:.3g}"


def _compared(results: Results, folder: str) -> str:
    """The median of each metric over the runs of a cell, and below it all of them."""
    compared = read_runs(results.plots / folder)
    rows = []
    for variant in dict.fromkeys([*results.settings.points.variants, *compared]):
        cells = compared.get(variant, {})
        # In the order of params.yaml, then any others.
        for optimizer in dict.fromkeys([*results.settings.comparison.optimizers, *cells]):
            if optimizer in cells:
                figures = [_runs_of(cells[optimizer], name, digits) for name, digits in COMPARED_METRICS.items()]
                rows.append([results.title(variant), results.title(optimizer), *figures])
    return table(["variant", "optimizer", *map(heading, COMPARED_METRICS)], rows)


def _runs_of(cell: Cell, metric: str, digits: int) -> str:
    """The median, and all runs. One that never fits counts as later than all others; elsewhere no value is left out."""
    every, worst = cell.bad_if_missing(metric).values(), word_for_null(metric)
    middle = every if worst else cell.known(metric).values()
    word = worst or "none"
    return f"**{median(middle, digits, word)}**<br>{every_run(every, digits, word)}"


CLAIMS: dict[str, Callable[[Results], Sequence[Claim]]] = {
    "R1": lambda results: report1(read_runs(results.plots / "full_batch"), results.title),
    "R2": lambda results: report2(_image_runs(results, IMAGES), _image_runs(results, FULL)),
    "R3": lambda results: report3(
        read_runs(results.plots / "optimizers"), results.title, results.settings.points.recipe
    ),
    "R4": lambda results: report4(_image_runs(results, IMAGES), _image_runs(results, FULL), results.title),
}


def _claims(report: str, results: Results) -> str:
    """The table of what one report states, with what was measured."""
    rows = [[claim.statement, claim.measured, *_verdict(claim)] for claim in CLAIMS[report](results)]
    return table([f"{report} states", "measured", *VERDICT], rows)


def _verdicts(results: Results) -> str:
    """What all reports state, and what becomes of it."""
    rows = [
        [report, claim.statement, claim.verdict or ABSENT] for report, of in CLAIMS.items() for claim in of(results)
    ]
    return table(["report", "statement", VERDICT[0]], rows)


def _verdict(claim: Claim) -> list[str]:
    return [claim.verdict or ABSENT, claim.judged_by or ABSENT]


def _meanings(results: Results, *, short: bool = False) -> str:
    """What directions mean: as R3 states it, as it was measured on R3's own generator, and, unless short, on ours."""
    headings = meanings.REPORTS_GENERATOR
    checkpoint, film = headings
    theirs = checkpoint if (results.metrics / f"sefa/{checkpoint}.json").is_file() else film
    ours = {} if short else {"faces": f"measured on the {results.title('faces')}"}
    shown = {theirs: headings[theirs], **ours}
    rows = meanings.rows(*(results.read(f"sefa/{name}.json") for name in shown))
    return table(["direction", "R3 states", *shown.values()], rows)


def _directions(names: Sequence[str], results: Results) -> str:
    """What the directions of generators mean, as it was measured."""
    rows = meanings.rows(*(results.read(f"sefa/{name}.json") for name in names))
    return table(["direction", *map(results.title, names)], [row[:1] + row[2:] for row in rows])


def _separation(results: Results) -> str:
    """How well directions separate the attributes of avatars, and how often these are read right."""
    folder = results.plots / "sefa" / results.settings.sefa.folder_of(AVATARS)
    found = read_table(folder / "separation.csv", ("attribute", "method", "direction", *SEPARATION))
    rows = []
    for name, share in results.read("images/judge_avatars.json")["test_accuracy"].items():
        own = found[found["attribute"] == name.replace("_", " ")].set_index("method").loc[list(METHODS)]
        cells = [_interval(row, "changed") + "<br>" + _interval(row, "purity") for _, row in own.iterrows()]
        rows.append([words(name.replace("_", " ")), f"{share:.3f}", f"{own['direction'].iloc[0]:.0f}", *cells])
    means = found.groupby("method").mean(numeric_only=True).loc[list(METHODS)]
    rows.append(["mean", "", "", *(f"{row['changed']:.2f}<br>**{row['purity']:.2f}**" for _, row in means.iterrows())])
    heads = [f"{method}: changed<br>{method}: purity" for method in METHODS.values()]
    return table(["attribute", "read right", "SeFa's direction", *heads], rows)


def _interval(row: Mapping[str, float], name: str) -> str:
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f}–{row[f'{name}_high']:.2f})"


TABLES: dict[str, Callable[[Results], str]] = {
    "points": _points,
    "points in short": partial(_points, metrics=POINTS_SHOWN),
    "optimizers": lambda results: _compared(results, "optimizers"),
    "full batch": lambda results: _compared(results, "full_batch"),
    "images": _images,
    "images in short": partial(_images, metrics=IMAGES_SHOWN),
    "full length": _full_length,
    **{f"claims of {report}": partial(_claims, report) for report in CLAIMS},
    "verdicts": _verdicts,
    "meanings": _meanings,
    "meanings in short": partial(_meanings, short=True),
    "digits": partial(_directions, DIGITS),
    "avatars": partial(_directions, (AVATARS,)),
    "separation": _separation,
}
