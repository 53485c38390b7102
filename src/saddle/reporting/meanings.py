"""What R3 says that the strongest directions of a face generator mean, beside what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from saddle.errors import UserError
from saddle.reporting.markdown import words

# R3: the five strongest directions of the public ProGAN of faces, in order. The report judged them by eye.
STATED = ("gender", "gender", "viewing angle", "hair", "age")
REPORTS_GENERATOR = "pggan_celebahq1024"
MOST_FINDINGS = 3
NOTHING = "–"
KEYS = {"attribute", "unit", "signed", "change", "times_random", "p"}


def rows(measured: Mapping[str, Mapping[str, Any] | None]) -> list[list[str]]:
    """A row for each of R3's directions: its number, what R3 states, and what was measured of each generator.

    measured: by the generators' names, the content of their metrics files; None for one that was not measured. Raises
    `UserError` if one has no table of findings.
    """
    return [
        [str(number), stated, *(_findings(name, content, number) for name, content in measured.items())]
        for number, stated in enumerate(STATED, start=1)
    ]


def _findings(name: str, content: Mapping[str, Any] | None, direction: int) -> str:
    """The strongest significant findings of one direction, per unit of distance."""
    if content is None:
        return NOTHING
    table = content.get("table")
    if not isinstance(table, Sequence) or not all(isinstance(row, Mapping) for row in table):
        raise UserError(f"metrics/sefa/{name}.json: has no table of findings; run dvc repro sefa@{name}")
    found = [row for row in table if row.get("direction") == direction and row.get("significant")]
    if not all(row.keys() >= KEYS for row in found):
        raise UserError(f"metrics/sefa/{name}.json: a finding lacks one of {', '.join(sorted(KEYS))}")
    found.sort(key=lambda row: (not row["signed"], -(row["times_random"] or 0)))
    return ", ".join(_finding(row) for row in found[:MOST_FINDINGS]) or "nothing stands out"


def _finding(row: Mapping[str, Any]) -> str:
    p = f"(p = {row['p']:.2g})"
    if not row["signed"]:
        return f"{words(row['attribute'])} changes {p}"
    change = f"{row['change']:+.2g}".replace("-", "−")
    return f"{words(row['attribute'])} {change} {words(row['unit'])} {p}"
