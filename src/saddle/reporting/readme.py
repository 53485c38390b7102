"""`python -m saddle readme`: the tables of README.md, made from the committed metrics."""

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saddle.errors import UserError
from saddle.files import replacing
from saddle.reporting.claims import OPTIMIZERS, VARIANTS, claims, with_interval

IMAGES = ("mlp", "dropout_mlp", "dcgan", "progan", "floor")
MARK = "<!-- table: {name} -->"
END = "<!-- end -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", nargs="?", default="README.md", help="the file whose tables to renew")


def run(arguments: argparse.Namespace) -> None:
    """Renew the tables in place. Raises `UserError` if the file or a metrics file is missing."""
    path = Path(arguments.file)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    text = with_tables(path.read_text(encoding="utf-8"), Path("metrics"))
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def with_tables(text: str, metrics: Path) -> str:
    """`text` with what stands between the marks of each table replaced by the table made from `metrics`."""
    for name, make in {"points": _points, "optimizers": _optimizers, "claims": _claims, "images": _images}.items():
        pattern = re.compile(re.escape(MARK.format(name=name)) + r"\n.*?" + re.escape(END), re.DOTALL)
        if place := pattern.search(text):
            table = f"{MARK.format(name=name)}\n{make(metrics)}\n{END}"
            text = text[: place.start()] + table + text[place.end() :]
    return text


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run dvc repro first") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    return content


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _points(metrics: Path) -> str:
    names = ["w2", "w2_floor", "w2_ratio", "precision", "recall", "coverage", "epochs_to_fit"]
    rows = []
    for variant, title in VARIANTS.items():
        measured = _read(metrics / "points" / f"{variant}.json")
        rows.append([title, *(_figure(measured[name]) for name in names)])
    return _table(["variant", *(f"`{name}`" for name in names)], rows)


def _comparison(metrics: Path) -> Mapping[str, Any]:
    """The comparison, which must hold every optimizer of the report for its tables to be made."""
    path = metrics / "optimizers.json"
    table = _read(path)
    for variant in VARIANTS:
        for optimizer in OPTIMIZERS:
            if optimizer not in table.get(variant, {}):
                raise UserError(
                    f"{path}: has no {optimizer!r}; the tables need comparison.optimizers to be {', '.join(OPTIMIZERS)}"
                )
    return table


def _optimizers(metrics: Path) -> str:
    table = _comparison(metrics)
    rows = [
        [
            VARIANTS[variant],
            OPTIMIZERS[optimizer],
            with_interval(table[variant][optimizer]["w2_ratio"], 3),
            with_interval(table[variant][optimizer]["epochs_to_fit"], 3),
            with_interval(table[variant][optimizer]["stability"], 2),
        ]
        for variant in VARIANTS
        for optimizer in OPTIMIZERS
    ]
    return _table(["variant", "optimizer", "`w2_ratio`", "`epochs_to_fit`", "`stability`"], rows)


def _claims(metrics: Path) -> str:
    rows = [[c.statement, c.measured, "yes" if c.holds else "no"] for c in claims(_comparison(metrics))]
    return _table(["R3 states", "measured, mean and 95 % interval", "holds"], rows)


def _images(metrics: Path) -> str:
    names = ["fid", "kid", "inception_score", "precision", "recall", "density", "coverage", "memorization"]
    rows = []
    for variant in IMAGES:
        measured = _read(metrics / "mnist" / f"{variant}.json")
        title = "real training images" if variant == "floor" else f"`{variant}`"
        rows.append([title, *(_figure(measured[name]) for name in names)])
    return _table(["", *(f"`{name}`" for name in names)], rows)


def _figure(value: float | None) -> str:
    return "never" if value is None else f"{value:.3g}"
