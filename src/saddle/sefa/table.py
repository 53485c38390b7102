"""The measured meaning as files hold it: six significant digits, and null where nothing could be measured."""

from collections.abc import Sequence
from typing import Any

from saddle.core.files import rounded
from saddle.sefa.meaning import Finding, Meaning, measured_distance


def finding_row(finding: Finding) -> dict[str, Any]:
    """A row of the table: the effect of one direction on one attribute."""
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
    """How the meaning was measured, as the page tells it."""
    settings = meaning.settings
    distance = measured_distance(settings)
    return (
        f"Measured on {settings.measure_samples} samples, other than those shown, as the difference between distances "
        f"{-distance:g} and {distance:g} along each direction and along {settings.random_directions} random ones "
        f"(these on {settings.random_samples} of the samples). "
        f"{meaning.note} A finding is significant if at most 5 % of random directions stand "
        "out as much in whichever attribute, each measured in its own standard deviations, and if its interval leaves "
        "out what random directions do on average. So at most 5 of 100 random directions would be given a name. A name "
        f"consists of the one or two strongest findings, with their changes per unit of distance.{_left_out(meaning)}"
    ).replace("-", "−")


def metrics(eigenvalues: Sequence[float], count: int, meaning: Meaning | None, why_not: str) -> dict[str, Any]:
    """The content of the metrics file for the first `count` directions.

    Each direction has an entry with what a comparison of two runs should show: its eigenvalue, its name without
    numbers, and for the attribute named first, how many times as much as a random direction it changes it, and by how
    much per unit of distance. The rest is in lists, which `dvc metrics` does not show: the whole table, what random
    directions do, and how this was measured. If meaning was not measured, the only list is the reason, `why_not`.
    """
    content: dict[str, Any] = {}
    for index in range(count):
        entry: dict[str, Any] = {"eigenvalue": rounded(eigenvalues[index])}
        if meaning is not None:
            first = next(iter(meaning.strongest(index)), None)
            entry["meaning"] = meaning.name_without_sizes(index)
            entry["times_random"] = rounded(first.times_random) if first else None
            entry["change"] = rounded(first.effect.change) if first else None
        content[f"direction_{index + 1}"] = entry
    if meaning is None:
        return {**content, "not_measured": [why_not]}
    table = [
        {"direction": index + 1, **finding_row(finding)}
        for index in range(count)
        for finding in meaning.findings[index]
    ]
    return {**content, "table": table, "random_directions": _random(meaning), "measured": [_measured(meaning)]}


def _left_out(meaning: Meaning) -> str:
    """A sentence about samples of which nothing could be measured, if there are any."""
    total = meaning.measured + meaning.left_out
    return f" Left out were {meaning.left_out} of {total} pairs of images." if meaning.left_out else ""


def _measured(meaning: Meaning) -> dict[str, Any]:
    """How it was measured; with the number of pairs of images that were left out where there are any."""
    how = {
        "samples": meaning.settings.measure_samples,
        "random_directions": meaning.settings.random_directions,
        "random_samples": meaning.settings.random_samples,
        "start": -measured_distance(meaning.settings),
        "stop": measured_distance(meaning.settings),
    }
    left_out = {"pairs": meaning.measured + meaning.left_out, "left_out": meaning.left_out}
    return how | (left_out if meaning.left_out else {})


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
