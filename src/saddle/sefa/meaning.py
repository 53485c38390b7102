"""What each direction means: the attributes of an image that it changes more than random directions do.

As files hold it: six significant digits, and null where nothing could be measured.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.config.sefa import SefaSettings
from saddle.core.files import rounded
from saddle.core.network import Generator
from saddle.core.randomness import numpy_rng
from saddle.errors import UserError
from saddle.metrics.shared.attributes import Attribute, Judge
from saddle.metrics.shared.student import Interval
from saddle.rendering.live.progress import progress_bar
from saddle.sefa.significance import SIGNIFICANCE, Reference, mean_effect, p_values, reference
from saddle.sefa.traversal import batches, drawn_codes, moved

NO_MEANING = "none"
# One alone would give several directions the same name; with three, names would no longer fit above the pictures.
MOST_NAMED = 2
# Why files that others published are only drawn.
NOT_JUDGED = "The meaning is not measured: a file under sefa.checkpoints has no judge; under sefa.generators it has."


class Finding(NamedTuple):
    """What one direction does to one attribute.

    effect: the change per unit of distance. times_random: its size, divided by the root mean square of what random
    directions do; NaN if they do nothing. p: the probability that a random direction stands out as much in any of the
    attributes. significant: p is at most 5 %, and the confidence interval of the effect does not contain what random
    directions do on average.
    """

    attribute: Attribute
    effect: Interval
    times_random: float
    p: float
    significant: bool


class Meaning(NamedTuple):
    """The whole measurement: the references, and the findings of each direction, both in the order of the attributes.

    settings: how it was measured. note: in which units, as the judge says it. left_out: in how many of the `total`
    pairs of images, those of the random directions included, nothing could be measured. changes: along each direction,
    and then each random one, what the judge saw in each sample, (samples, attributes).
    """

    settings: SefaSettings
    references: list[Reference]
    findings: list[list[Finding]]
    note: str = ""
    left_out: int = 0
    total: int = 0
    changes: Sequence[NDArray[np.float64]] = ()

    def attributes(self) -> list[tuple[Attribute, Reference]]:
        """Each attribute and what random directions do to it."""
        return [(finding.attribute, found) for finding, found in zip(self.findings[0], self.references, strict=True)]

    def strongest(self, direction: int) -> list[Finding]:
        """The findings that it is named after: of the significant ones, at most two, largest `times_random` first.

        One whose `times_random` is NaN comes first, as random directions do nothing to its attribute. What has no sign
        comes last: that another digit or face appears says less than how it changes.
        """
        significant = [finding for finding in self.findings[direction] if finding.significant]
        significant.sort(key=lambda found: (found.attribute.signed, np.nan_to_num(found.times_random, nan=np.inf)))
        return significant[: -MOST_NAMED - 1 : -1]

    def name(self, direction: int) -> str:
        """What it does, such as "narrower, less ink"; "none" if nothing is significant."""
        named = [finding.attribute.in_words(finding.effect.mean) for finding in self.strongest(direction)]
        return ", ".join(named) or NO_MEANING

    def sizes(self, direction: int) -> str:
        """How much of it per unit of distance, such as "width −2.2 px, ink −14 px".

        Nothing of a frequency, which has no size here: along a whole sweep nearly every digit becomes another one.
        """
        named = [finding for finding in self.strongest(direction) if finding.attribute.signed]
        return ", ".join(finding.attribute.with_size(finding.effect.mean) for finding in named)


def measured_distance(settings: SefaSettings) -> float:
    """How far samples are moved to either side to be measured: as far as the pictures show them at most."""
    return max(abs(settings.start), abs(settings.stop))


def measure_meaning(
    generator: Generator,
    judge: Judge | str,
    directions: Tensor,
    layers: Sequence[int],
    settings: SefaSettings,
    name: str,
) -> Meaning | str:
    """Measure what `directions` (k, code size), of length one, do to the images that the generator draws.

    Returns a sentence if that is not known: the `judge`'s, or one that names what could hardly ever be measured.

    Along each direction the same `measure_samples` random samples are moved to either side by `measured_distance`.
    `random_directions` ones of length one, uniform over the sphere, are measured in the same way, on the first
    `random_samples` of these samples. Their means then scatter a little more than those of all samples would, so that
    p is too large rather than too small. A sample's change in an attribute is the difference that the judge sees,
    divided by the distance between the two. For an identity the difference is 1 if it has changed, else 0. So every
    figure is per unit of distance.

    judge: on the device of the generator, or a sentence that says why there is none. layers: as in `moved`. name: what
    the progress bar calls it. Raises `UserError` if the images do not have the channels that the judge needs.
    """
    if isinstance(judge, str):
        return judge
    if generator.sample_shape[0] != judge.channels:
        wanted = f"{judge.channels} channel{'s' if judge.channels > 1 else ''}"
        raise UserError(f"{judge.subject} are measured on images of {wanted}; these have {generator.sample_shape[0]}")
    codes = drawn_codes(generator, settings.measure_samples, settings.seed, "sefa measured samples")
    shape = settings.random_directions, directions.shape[1]
    random = torch.from_numpy(numpy_rng(settings.seed, "sefa random directions").standard_normal(shape))
    distance = measured_distance(settings)
    total = len(directions) * len(codes) + len(random) * settings.random_samples
    every = []
    with progress_bar(f"{name}, measuring", 2 * total, "image") as bar:
        for index, direction in enumerate(torch.cat([directions.double().cpu(), F.normalize(random)])):
            shown = codes if index < len(directions) else codes[: settings.random_samples]
            changes = []
            back, forth = (batches(generator, moved(shown, direction, end, layers)) for end in (-distance, distance))
            for starts, stops in zip(back, forth, strict=True):
                changes.append(judge.changes(starts, stops))
                bar.update(2 * len(starts))
            every.append(np.concatenate(changes))
    left_out = sum(int(np.isnan(along).all(1).sum()) for along in every)
    effects = [[mean_effect(column) for column in along.T / (2 * distance)] for along in every]
    at_random = _changes(effects[len(directions) :])
    references = []
    for attribute, changed in zip(judge.attributes, at_random.T, strict=True):
        try:
            references.append(reference(changed, attribute.signed))
        except ValueError as error:
            return f"The meaning is not known: {attribute.name} cannot be measured: {judge.failure} ({error})."
    findings = []
    for row in effects[: len(directions)]:
        p = p_values(_changes([row])[0], at_random, [attribute.signed for attribute in judge.attributes])
        findings.append([_finding(*found) for found in zip(judge.attributes, row, references, p, strict=True)])
    return Meaning(settings, references, findings, judge.note, left_out, total, every)


def _changes(effects: Sequence[Sequence[Interval]]) -> NDArray[np.float64]:
    """The mean changes, (directions, attributes)."""
    return np.array([[effect.mean for effect in row] for row in effects])


def _finding(attribute: Attribute, effect: Interval, against: Reference, p: float) -> Finding:
    ratio = abs(effect.mean) / against.rms if against.rms > 0 else np.nan
    apart = effect.low > against.expected or (attribute.signed and effect.high < against.expected)
    return Finding(attribute, effect, float(ratio), p, p <= SIGNIFICANCE and apart)


def finding_row(finding: Finding) -> dict[str, Any]:
    """A row of the table: the effect of one direction on one attribute."""
    change = rounded(finding.effect.mean)
    return {
        "attribute": finding.attribute.name,
        "unit": finding.attribute.unit,
        "signed": finding.attribute.signed,
        "does": finding.attribute.in_words(change) if change else None,
        "change": change,
        "low": rounded(finding.effect.low),
        "high": rounded(finding.effect.high),
        "samples": finding.effect.n,
        "times_random": rounded(finding.times_random),
        "p": rounded(finding.p),
        "significant": finding.significant,
    }


def description(meaning: Meaning) -> str:
    """How the meaning was measured, as the page tells it."""
    settings = meaning.settings
    distance = measured_distance(settings)
    left_out = f" Left out were {meaning.left_out} of {meaning.total} pairs of images." if meaning.left_out else ""
    return (
        f"Measured on {settings.measure_samples} samples, other than those shown, as the difference between distances "
        f"{-distance:g} and {distance:g} along each direction and along {settings.random_directions} random ones "
        f"(these on {settings.random_samples} of the samples). "
        f"{meaning.note} A finding is significant if at most 5 % of random directions stand "
        "out as much in whichever attribute, each measured in its own standard deviations, and if its interval leaves "
        "out what random directions do on average. So at most 5 of 100 random directions would be given a name. A name "
        f"says what the one or two strongest findings do.{left_out}"
    ).replace("-", "−")


def metrics(eigenvalues: Sequence[float], count: int, meaning: Meaning | str) -> dict[str, Any]:
    """The content of the metrics file for the first `count` directions.

    Each direction has an entry with what a comparison of two runs should show: its eigenvalue, its name, and for the
    attribute named first, how many times as much as a random direction it changes it, and by how much per unit of
    distance. The rest is in lists, which `dvc metrics` does not show: the whole table, what random directions do, and
    how this was measured. If meaning was not measured, the only list is the reason, `why_not`.
    """
    content: dict[str, Any] = {}
    for index in range(count):
        entry: dict[str, Any] = {"eigenvalue": rounded(eigenvalues[index])}
        if isinstance(meaning, Meaning):
            first = next(iter(meaning.strongest(index)), None)
            entry["meaning"] = meaning.name(index)
            entry["times_random"] = rounded(first.times_random) if first else None
            entry["change"] = rounded(first.effect.mean) if first else None
        content[f"direction_{index + 1}"] = entry
    if isinstance(meaning, str):
        return {**content, "not_measured": [meaning]}
    how = {
        "samples": meaning.settings.measure_samples,
        "random_directions": meaning.settings.random_directions,
        "random_samples": meaning.settings.random_samples,
        "start": -measured_distance(meaning.settings),
        "stop": measured_distance(meaning.settings),
    }
    if meaning.left_out:
        how |= {"pairs": meaning.total, "left_out": meaning.left_out}
    table = [
        {"direction": index + 1, **finding_row(finding)}
        for index in range(count)
        for finding in meaning.findings[index]
    ]
    random = [
        {
            "attribute": attribute.name,
            "unit": attribute.unit,
            "mean": rounded(reference.expected),
            "root_mean_square": rounded(reference.rms),
            "low": rounded(reference.low),
            "high": rounded(reference.high),
        }
        for attribute, reference in meaning.attributes()
    ]
    return {**content, "table": table, "random_directions": random, "measured": [how]}
