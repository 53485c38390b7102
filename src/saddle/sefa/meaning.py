"""What each direction means: the attributes of a digit that it changes more than random directions do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.core.randomness import numpy_rng
from saddle.errors import UserError
from saddle.sefa.attributes import ATTRIBUTES, Attribute, measure_shapes
from saddle.sefa.significance import SIGNIFICANCE, Effect, Reference, mean_effect, p_values, reference
from saddle.sefa.traversal import Drawing, Sweep, drawn_codes, moved

NO_MEANING = "none"
# One alone would give several directions the same name; with three, names would no longer fit above the pictures.
MOST_NAMED = 2
# Why there is no meaning to measure in other images.
ONLY_DIGITS = "The meaning is measured on handwritten digits only; this generator draws something else."
# With fewer, no p value could be as low as 5 %, and every direction would be called "none".
FEWEST_RANDOM_DIRECTIONS = 19

# Images (n, channels, height, width) -> logits (n, classes).
Classifier = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class MeaningProtocol:
    """How meaning is measured.

    samples: how many random samples are moved along every direction, at least 2. random_directions: how many
    directions to compare with, at least 19. Raises `UserError` if either is less.
    """

    samples: int
    random_directions: int

    def __post_init__(self) -> None:
        for name, value, least in (
            ("measure_samples", self.samples, 2),
            ("random_directions", self.random_directions, FEWEST_RANDOM_DIRECTIONS),
        ):
            if value < least:
                raise UserError(f"{name} is {value}; allowed: at least {least}")


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
    """The whole measurement: the references, and the findings of each direction, both in the order of `ATTRIBUTES`."""

    sweep: Sweep
    protocol: MeaningProtocol
    references: list[Reference]
    findings: list[list[Finding]]

    def pairs(self) -> list[tuple[Attribute, Reference]]:
        """Each attribute and what random directions do to it."""
        return list(zip(ATTRIBUTES, self.references, strict=True))

    def strongest(self, direction: int) -> list[Finding]:
        """The findings that it is named after: of the significant ones, at most two, largest `times_random` first.

        One whose `times_random` is NaN comes first, as random directions do nothing to its attribute. What has no sign
        comes last: that another digit appears says less than how the digit changes.
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


def measure_meaning(
    drawing: Drawing,
    classifier: Classifier,
    directions: Tensor,
    sweep: Sweep,
    protocol: MeaningProtocol,
    seed: int,
) -> Meaning:
    """Measure what `directions` (k, latent_dim), of length one, do to the digits that the generator draws.

    Along each direction, the same random samples are moved to the sweep's start and to its stop. Random directions of
    length one, uniform over the sphere, are measured in the same way. A sample's change in an attribute is its value
    at the stop minus its value at the start, divided by the distance between them. For the digit's identity the
    difference is 1 if the class has changed, else 0. So every figure is per unit of distance.

    classifier: on the device of `drawing`. `images_to_measure` says how many images will be drawn. Raises `UserError`
    if the images do not have one channel, or if nearly all are blank.
    """
    generator, ends = drawing.generator, [sweep.start, sweep.stop]
    if generator.sample_shape[0] != 1:
        raise UserError(f"digits are measured on images of 1 channel; these have {generator.sample_shape[0]}")
    codes = drawn_codes(generator, protocol.samples, seed, "sefa measured samples")
    random = numpy_rng(seed, "sefa random directions").standard_normal(
        (protocol.random_directions, generator.latent_dim)
    )
    compared = torch.cat([directions.double().cpu(), F.normalize(torch.from_numpy(random))])
    effects = [_effects(drawing, classifier, moved(codes, direction, ends), sweep.length) for direction in compared]
    measured, at_random = effects[: len(directions)], effects[len(directions) :]
    references = references_of(at_random)
    return Meaning(sweep, protocol, references, [judged(row, at_random, references) for row in measured])


def images_to_measure(directions: int, protocol: MeaningProtocol) -> int:
    """How many images `measure_meaning` draws for so many directions."""
    return (directions + protocol.random_directions) * protocol.samples * 2


def references_of(random: Sequence[Sequence[Effect]]) -> list[Reference]:
    """What random directions do to each of `ATTRIBUTES`; random: the effects of each of these directions.

    Raises `UserError` if an attribute could be measured on fewer than two of them.
    """
    references = []
    for attribute, changes in zip(ATTRIBUTES, _changes(random).T, strict=True):
        try:
            references.append(reference(changes, attribute.signed))
        except ValueError as error:
            raise UserError(f"{attribute.name} cannot be measured: nearly all images are blank ({error})") from None
    return references


def judged(
    effects: Sequence[Effect], random: Sequence[Sequence[Effect]], references: Sequence[Reference]
) -> list[Finding]:
    """The findings of a direction with these `effects`, one for each of `ATTRIBUTES`.

    random: the effects of each random direction. references: the same, summed up for each attribute.
    """
    p = p_values(_changes([effects])[0], _changes(random), [attribute.signed for attribute in ATTRIBUTES])
    return [_finding(*of_attribute) for of_attribute in zip(ATTRIBUTES, effects, references, p, strict=True)]


def _changes(effects: Sequence[Sequence[Effect]]) -> NDArray[np.float64]:
    """The mean changes, (directions, attributes)."""
    return np.array([[effect.change for effect in row] for row in effects])


def _finding(attribute: Attribute, effect: Effect, against: Reference, p: float) -> Finding:
    ratio = abs(effect.change) / against.rms if against.rms > 0 else np.nan
    apart = effect.low > against.expected or (attribute.signed and effect.high < against.expected)
    return Finding(attribute, effect, float(ratio), p, p <= SIGNIFICANCE and apart)


def _effects(drawing: Drawing, classifier: Classifier, codes: Tensor, length: float) -> list[Effect]:
    """The effects of one direction on `ATTRIBUTES`.

    codes: (2 * samples, latent_dim), start and stop of the first sample, then of the second, and so on. length: the
    distance from start to stop.
    """
    shapes, classes = [], []
    for images in drawing.batches(codes):
        with torch.no_grad():
            classes.append(classifier(images).argmax(1).cpu().numpy())
        shapes.append(measure_shapes(images[:, 0].float().cpu().clamp(-1, 1).add(1).div(2).numpy()))
    values, digits = np.concatenate(shapes), np.concatenate(classes)
    changes = np.column_stack([values[1::2] - values[::2], digits[1::2] != digits[::2]]) / length
    return [mean_effect(column) for column in changes.T]
