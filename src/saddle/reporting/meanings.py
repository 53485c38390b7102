"""What R3 says that the strongest directions of a face generator mean, beside what was measured."""

from collections.abc import Mapping
from typing import Any

from saddle.reporting.markdown import ABSENT, words

# R3: what the five strongest directions of the public ProGAN of faces mean, as the report judged them by eye; and the
# attribute that is measured of it. What hair looks like, no judge here sees.
STATED = {
    1: ("gender", "apparent woman"),
    2: ("gender", "apparent woman"),
    3: ("viewing angle", "turn"),
    4: ("hair", None),
    5: ("age", "apparent age"),
}
# What was measured of that generator, by the names of the metrics files: of its checkpoint, if anybody has it, else of
# the film that R3 published of it (`saddle judge`). The values are headings.
REPORTS_GENERATOR = {
    "pggan_celebahq1024": "measured on R3's generator",
    "r3_film": "measured on R3's generator (its film: five faces, no p)",
}
MOST_FINDINGS = 3
# A film has few samples and no random directions: what it shows is told if nearly all samples agree, and if it is more
# than the film's directions do on average.
MOST_DISAGREE = 1


def rows(*measured: Mapping[str, Any]) -> list[list[str]]:
    """A row for each of R3's directions: its number, what R3 states, and what was measured of each generator.

    measured: the content of their metrics files, without a table where nothing judged what they draw.
    """
    return [
        [str(number), stated, *(_findings(content, number, sought) for content in measured)]
        for number, (stated, sought) in STATED.items()
    ]


def _findings(content: Mapping[str, Any], direction: int, sought: str | None) -> str:
    """The strongest findings of one direction, per unit of distance; in a film what R3 speaks of comes first."""
    if "table" not in content:
        return ABSENT
    found = [row for row in content["table"] if row["direction"] == direction]
    if any("agree" in row for row in found):
        found = [row for row in found if _stands_out(row)]
        found.sort(key=lambda row: (row["attribute"] != sought, -row["relative"]))
    else:
        found = [row for row in found if row["significant"]]
        found.sort(key=lambda row: (not row["signed"], -(row["times_random"] or 0)))
    return ", ".join(map(_finding, found[:MOST_FINDINGS])) or "nothing stands out"


def _stands_out(row: Mapping[str, Any]) -> bool:
    return row["signed"] and row["agree"] >= row["samples"] - MOST_DISAGREE and (row["relative"] or 0) > 1


def _finding(row: Mapping[str, Any]) -> str:
    """What the direction does, by how much, and how sure that is."""
    how_sure = f"{row['agree']}/{row['samples']}" if "agree" in row else f"p = {row['p']:.2g}"
    if not row["signed"]:
        return f"{words(row['attribute'])} changes ({how_sure})"
    size = f"{abs(row['change']):.{3 if 'agree' in row else 2}g}"
    return f"{words(row['does'])} ({size} {words(row['unit'])}, {how_sure})"
