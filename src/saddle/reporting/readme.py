"""`python -m saddle readme`: the tables of README.md, made from the committed metrics."""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saddle.config import Settings, load_settings
from saddle.errors import UserError
from saddle.files import replacing
from saddle.reporting.claims import claims, with_interval
from saddle.reporting.directions import word_for_null
from saddle.reporting.markdown import code, table
from saddle.reporting.states import METRICS

MARK = "<!-- table: {name} -->"
END = "<!-- end -->"

POINTS_METRICS = ("w2", "w2_floor", "w2_ratio", "precision", "recall", "coverage", "epochs_to_fit")
# Of the comparison, with the digits that each is shown with.
OPTIMIZER_METRICS = {"w2_ratio": 3, "epochs_to_fit": 3, "stability": 2}
IMAGE_METRICS = ("fid", "kid", "inception_score", "precision", "recall", "density", "coverage", "memorization")
# Beside the image variants there are the metrics of real images, what a perfect generator would reach.
FLOOR, FLOOR_TITLE = "floor", "real training images"
HOLDS = {True: "yes", False: "no", None: "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", nargs="?", default="README.md", help="the file whose tables to renew")


def run(arguments: argparse.Namespace) -> None:
    """Renew the tables in place. Raises `UserError` if the file, params.yaml or a metrics file is missing or bad."""
    path = Path(arguments.file)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    text = with_tables(path.read_text(encoding="utf-8"), Path(METRICS), load_settings())
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def with_tables(text: str, metrics: Path, settings: Settings) -> str:
    """`text` with what stands between the marks of each table replaced by the table made from `metrics`.

    settings: name the variants and optimizers, their order and their titles.
    """
    for name, make in {"points": _points, "optimizers": _optimizers, "claims": _claims, "images": _images}.items():
        pattern = re.compile(re.escape(MARK.format(name=name)) + r"\n.*?" + re.escape(END), re.DOTALL)
        if place := pattern.search(text):
            made = f"{MARK.format(name=name)}\n{make(metrics, settings)}\n{END}"
            text = text[: place.start()] + made + text[place.end() :]
    return text


def _points(metrics: Path, settings: Settings) -> str:
    rows = [
        _row(settings.title(name), metrics / "points" / f"{name}.json", POINTS_METRICS)
        for name in settings.points.variants
    ]
    return table(["variant", *map(code, POINTS_METRICS)], rows)


def _optimizers(metrics: Path, settings: Settings) -> str:
    compared = _comparison(metrics)
    rows = [
        [
            settings.title(variant),
            settings.title(optimizer),
            *(with_interval(compared[variant][optimizer][name], digits) for name, digits in OPTIMIZER_METRICS.items()),
        ]
        for variant in settings.points.variants
        for optimizer in settings.comparison.optimizers
        if optimizer in compared.get(variant, {})
    ]
    return table(["variant", "optimizer", *map(code, OPTIMIZER_METRICS)], rows)


def _claims(metrics: Path, settings: Settings) -> str:
    judged = claims(_comparison(metrics), settings.title)
    rows = [[claim.statement, claim.measured, HOLDS[claim.holds]] for claim in judged]
    return table(["R3 states", "measured, mean and 95 % interval", "holds"], rows)


def _images(metrics: Path, settings: Settings) -> str:
    titles = {**{name: settings.title(name) for name in settings.mnist.variants}, FLOOR: FLOOR_TITLE}
    rows = [_row(title, metrics / "mnist" / f"{name}.json", IMAGE_METRICS) for name, title in titles.items()]
    return table(["", *map(code, IMAGE_METRICS)], rows)


def _comparison(metrics: Path) -> Mapping[str, Any]:
    return _read(metrics / "optimizers.json")


def _row(title: str, path: Path, names: Sequence[str]) -> list[str]:
    measured = _read(path)
    missing = [name for name in names if name not in measured]
    if missing:
        raise UserError(f"{path}: has no {missing[0]!r}; run dvc repro first")
    return [title, *(_figure(name, measured[name]) for name in names)]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run dvc repro first") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    return content


def _figure(metric: str, value: float | None) -> str:
    return word_for_null(metric) or "none" if value is None else f"{value:.3g}"
