"""What each direction means: the attributes of an image that it changes more than random directions do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.config import SefaSettings
from saddle.core.network import Generator
from saddle.core.randomness import numpy_rng
from saddle.errors import UserError
from saddle.metrics.shared.attributes import Attribute, Judge
from saddle.sefa.significance import SIGNIFICANCE, Effect, Reference, mean_effect, p_values, reference
from saddle.sefa.traversal import batches, drawn_codes, moved

NO_MEANING = "none"
# One alone would give several directions the same name; with three, names would no longer fit above the pictures.
MOST_NAMED = 2
# Why files that others published are only drawn.
NOT_JUDGED = "The meaning is not measured: a file under sefa.checkpoints has no judge; under sefa.generators it has."


class NotMeasurableError(UserError):
    """Why hardly anything could be measured in the images."""


@dataclass(frozen=True)
class Finding:
    """What one direction does to one attribute.

    times_random: the size of the change, divided by the root mean square of what random directions do; NaN if they do
    nothing. p: the probability that a random direction stands out as much in any of the attributes. significant: p is
    at most 5 %, and the confidence interval of the effect does not contain what random directions do on average.
    """

    attribute: Attribute
    effect: Effect
    times_random: float
    p: float
    significant: bool


@dataclass(frozen=True)
class Meaning:
    """The whole measurement: the references, and the findings of each direction, both in the order of the attributes.

    settings: how it was measured. note: in which units, as the judge says it. left_out: of how many samples nothing
    could be measured, among those of all directions, the random ones included; measured: of how many there was
    something.
    """

    settings: SefaSettings
    references: list[Reference]
    findings: list[list[Finding]]
    note: str = ""
    left_out: int = 0
    measured: int = 0

    def pairs(self) -> list[tuple[Attribute, Reference]]:
        """Each attribute and what random directions do to it."""
        attributes = [finding.attribute for finding in self.findings[0]]
        return list(zip(attributes, self.references, strict=True))

    def strongest(self, direction: int) -> list[Finding]:
        """The findings that it is named after: of the significant ones, at most two, largest `times_random` first.

        One whose `times_random` is NaN comes first, as random directions do nothing to its attribute. What has no sign
        comes last: that another digit or face appears says less than how it changes.
        """
        significant = [finding for finding in self.findings[direction] if finding.significant]
        significant.sort(key=lambda found: (found.attribute.signed, np.nan_to_num(found.times_random, nan=np.inf)))
        return significant[: -MOST_NAMED - 1 : -1]

    def name(self, direction: int) -> str:
        """What it does per unit of distance, such as "width −2.2 px, ink −14 px"; "none" if nothing is significant."""
        named = [finding.attribute.with_size(finding.effect.change) for finding in self.strongest(direction)]
        return ", ".join(named) or NO_MEANING

    def name_without_sizes(self, direction: int) -> str:
        """The same in ASCII and without numbers, such as "width -, ink -"; "none" if nothing is significant."""
        named = [finding.attribute.with_sign(finding.effect.change) for finding in self.strongest(direction)]
        return ", ".join(named) or NO_MEANING


def measured_distance(settings: SefaSettings) -> float:
    """How far samples are moved to either side to be measured: as far as the pictures show them at most."""
    return max(abs(settings.start), abs(settings.stop))


def measure_meaning(
    generator: Generator,
    judge: Judge,
    directions: Tensor,
    settings: SefaSettings,
    drawn: Callable[[int], object] = lambda count: None,
) -> Meaning:
    """Measure what `directions` (k, latent_dim), of length one, do to the images that the generator draws.

    Along each direction the same `measure_samples` random samples are moved to either side by `measured_distance`.
    `random_directions` ones of length one, uniform over the sphere, are measured in the same way, on the first
    `random_samples` of these samples. Their means then scatter a little more than those of all samples would, so that
    p is too large rather than too small. A sample's change in an attribute is the difference that the judge sees,
    divided by the distance between the two. For an identity the difference is 1 if it has changed, else 0. So every
    figure is per unit of distance.

    judge: on the device of the generator. drawn: called after each batch with the number of its images;
    `images_to_measure` says how many there will be. Raises `UserError` if the images do not have the channels that the
    judge needs, `NotMeasurableError` if an attribute could be measured on hardly any.
    """
    if generator.sample_shape[0] != judge.channels:
        wanted = f"{judge.channels} channel{'s' if judge.channels > 1 else ''}"
        raise UserError(f"{judge.subject} are measured on images of {wanted}; these have {generator.sample_shape[0]}")
    codes = drawn_codes(generator, settings.measure_samples, settings.seed, "sefa measured samples")
    shape = settings.random_directions, generator.code_dim
    random = torch.from_numpy(numpy_rng(settings.seed, "sefa random directions").standard_normal(shape))
    distance = measured_distance(settings)
    effects, left_out = [], 0
    for index, direction in enumerate(torch.cat([directions.double().cpu(), F.normalize(random)])):
        shown = codes if index < len(directions) else codes[: settings.random_samples]
        changes = []
        for starts, stops in _pairs_along(generator, shown, direction, distance):
            changes.append(judge.changes(starts, stops))
            drawn(2 * len(starts))
        along = np.concatenate(changes)
        left_out += int(np.isnan(along).all(1).sum())
        effects.append([mean_effect(column) for column in along.T / (2 * distance)])
    measured, at_random = effects[: len(directions)], effects[len(directions) :]
    references = references_of(at_random, judge)
    findings = [judged(row, at_random, references, judge.attributes) for row in measured]
    seen = images_to_measure(len(directions), settings) // 2 - left_out
    return Meaning(settings, references, findings, judge.note, left_out, seen)


def images_to_measure(directions: int, settings: SefaSettings) -> int:
    """How many images `measure_meaning` draws for so many directions: a pair for each sample."""
    return 2 * (directions * settings.measure_samples + settings.random_directions * settings.random_samples)


def _pairs_along(
    generator: Generator, codes: Tensor, direction: Tensor, distance: float
) -> Iterator[tuple[Tensor, Tensor]]:
    """The images of `codes` moved by `distance` back and forth along `direction`, a batch of each at a time."""
    back, forth = (batches(generator, moved(codes, direction, end)) for end in (-distance, distance))
    return zip(back, forth, strict=True)


def references_of(random: Sequence[Sequence[Effect]], judge: Judge) -> list[Reference]:
    """What random directions do to each attribute of `judge`; random: the effects of each of these directions.

    Raises `NotMeasurableError` if an attribute could be measured on fewer than two of them.
    """
    references = []
    for attribute, changes in zip(judge.attributes, _changes(random).T, strict=True):
        try:
            references.append(reference(changes, attribute.signed))
        except ValueError as error:
            raise NotMeasurableError(f"{attribute.name} cannot be measured: {judge.failure} ({error})") from None
    return references


def judged(
    effects: Sequence[Effect],
    random: Sequence[Sequence[Effect]],
    references: Sequence[Reference],
    attributes: Sequence[Attribute],
) -> list[Finding]:
    """The findings of a direction with these `effects`, one for each of `attributes`.

    random: the effects of each random direction. references: the same, summed up for each attribute.
    """
    p = p_values(_changes([effects])[0], _changes(random), [attribute.signed for attribute in attributes])
    return [_finding(*of_attribute) for of_attribute in zip(attributes, effects, references, p, strict=True)]


def _changes(effects: Sequence[Sequence[Effect]]) -> NDArray[np.float64]:
    """The mean changes, (directions, attributes)."""
    return np.array([[effect.change for effect in row] for row in effects])


def _finding(attribute: Attribute, effect: Effect, against: Reference, p: float) -> Finding:
    ratio = abs(effect.change) / against.rms if against.rms > 0 else np.nan
    apart = effect.low > against.expected or (attribute.signed and effect.high < against.expected)
    return Finding(attribute, effect, float(ratio), p, p <= SIGNIFICANCE and apart)
