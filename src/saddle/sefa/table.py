"""The measured meaning as numbers for files: six significant digits, and null where nothing could be measured."""

import math
from collections.abc import Sequence
from typing import Any

from saddle.sefa.meaning import NO_MEANING, Finding, Meaning


def rounded(value: float) -> float | None:
    """Six significant digits: more would be noise in a diff. None for NaN and infinity, which JSON has not."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def finding_row(finding: Finding) -> dict[str, Any]:
    """One row of the table: a direction's effect on an attribute."""
    return {
        "attribute": finding.attribute.name,
        "unit": finding.attribute.unit,
        "signed": finding.attribute.signed,
        "change": rounded(finding.effect.change),
        "low": rounded(finding.effect.low),
        "high": rounded(finding.effect.high),
        "samples": finding.effect.samples,
        "times_random": rounded(finding.times_random),
        "p": rounded(finding.p),
        "significant": finding.significant,
    }


def description(meaning: Meaning) -> str:
    """How the meaning was measured, in words, for the page."""
    protocol = meaning.protocol
    start, stop = meaning.sweep.start, meaning.sweep.stop
    return (
        f"Measured on {protocol.samples} samples, other than those shown, as the difference between distances "
        f"{start:g} and {stop:g} along each direction and along {protocol.random_directions} random ones. "
        "Lengths are in pixels of a 28 × 28 image. A finding is significant if at most 5 % of random directions stand "
        "out as much in whichever attribute, each measured in its own standard deviations, and if its interval leaves "
        "out what random directions do on average. So at most 5 of 100 random directions would be given a name."
    ).replace("-", "−")


def metrics(eigenvalues: Sequence[float], count: int, meaning: Meaning | None, why_not: str) -> dict[str, Any]:
    """The content of the metrics file for the first `count` directions.

    One entry a direction with what a comparison of two runs should show: eigenvalue, meaning, and by how many times
    that exceeds a random direction. Below, as lists, which `dvc metrics` passes over: the whole table, what
    random directions do, and how it was measured; or, where it was not, the reason.
    """
    content: dict[str, Any] = {}
    for index in range(count):
        entry: dict[str, Any] = {"eigenvalue": rounded(eigenvalues[index])}
        if meaning is not None:
            name = meaning.name(index)
            strongest = {finding.attribute.name: finding.times_random for finding in meaning.findings[index]}
            entry["meaning"] = name
            entry["times_random"] = None if name == NO_MEANING else rounded(strongest[name])
        content[f"direction_{index + 1}"] = entry
    if meaning is None:
        return {**content, "not_measured": [why_not]}
    table = [
        {"direction": index + 1, **finding_row(finding)}
        for index in range(count)
        for finding in meaning.findings[index]
    ]
    return {**content, "table": table, "random_directions": _random(meaning), "measured": [_measured(meaning)]}


def _measured(meaning: Meaning) -> dict[str, Any]:
    return {
        "samples": meaning.protocol.samples,
        "random_directions": meaning.protocol.random_directions,
        "start": meaning.sweep.start,
        "stop": meaning.sweep.stop,
    }


def _random(meaning: Meaning) -> list[dict[str, Any]]:
    return [
        {
            "attribute": attribute.name,
            "unit": attribute.unit,
            "mean": rounded(reference.expected),
            "root_mean_square": rounded(reference.rms),
            "low": rounded(reference.low),
            "high": rounded(reference.high),
        }
        for attribute, reference in meaning.pairs()
    ]
