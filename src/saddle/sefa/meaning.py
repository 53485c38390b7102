"""What each direction means: which attribute of a digit it changes, beyond what random directions do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.core.network import Generator
from saddle.core.randomness import numpy_generator
from saddle.errors import UserError
from saddle.sefa.attributes import ATTRIBUTES, Attribute, measure_shapes
from saddle.sefa.significance import SIGNIFICANCE, Effect, Reference, mean_effect, p_values, reference
from saddle.sefa.traversal import Sweep, drawn_codes, images_of, moved

NO_MEANING = "none"

Classifier = Callable[[Tensor], Tensor]


# With fewer, no p value could be as low as 5 %, and every direction would be called "none".
FEWEST_RANDOM_DIRECTIONS = 19


@dataclass(frozen=True)
class Protocol:
    """How meaning is measured.

    samples: random samples that every direction moves, at least 2. random_directions: how many directions to
    compare with, at least 19. Raises `UserError` if one is below that.
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
    """One direction and one attribute.

    times_random: the size of the change over the root mean square of the random directions'; NaN where those
    do nothing. p: how probable it is that a random direction stands out as much in any attribute.
    significant: p is at most 5 %, and the effect's own confidence interval leaves out what random directions do
    on average.
    """

    attribute: Attribute
    effect: Effect
    times_random: float
    p: float
    significant: bool


@dataclass(frozen=True)
class Meaning:
    """The whole measurement: references and, for each direction, findings in the order of `ATTRIBUTES`."""

    sweep: Sweep
    protocol: Protocol
    references: list[Reference]
    findings: list[list[Finding]]

    def pairs(self) -> list[tuple[Attribute, Reference]]:
        """Every attribute with what random directions do to it."""
        return list(zip(ATTRIBUTES, self.references, strict=True))

    def name(self, direction: int) -> str:
        """The significant attribute that a direction changes the most, compared with random ones, or "none"."""
        significant = [finding for finding in self.findings[direction] if finding.significant]
        if not significant:
            return NO_MEANING
        return max(significant, key=lambda finding: np.nan_to_num(finding.times_random, nan=np.inf)).attribute.name


def measure_meaning(
    generator: Generator,
    classifier: Classifier,
    directions: Tensor,
    sweep: Sweep,
    protocol: Protocol,
    *,
    seed: int,
    batch: int,
    device: torch.device,
    drawn: Callable[[int], object] = lambda count: None,
) -> Meaning:
    """Measure what `directions` (k, latent_dim), of length one, do to the digits of `generator`.

    Random samples are moved to the sweep's start and to its stop along each direction, and along random directions of
    length one, uniform over the sphere. A sample's change of an attribute is the difference between the
    two, and for the digit's identity whether the class differs (1 or 0), over the distance from start to
    stop. So every figure is per unit of distance, and every comparison is between the same samples.

    classifier: images -> logits (n, classes), on `device`, as the generator. batch: images drawn at once.
    drawn: called with the number of images after each batch; `images_to_measure` says how many there will be.
    Raises `UserError` if the generator's images are not of one channel, or if the samples are blank.
    """
    if generator.sample_shape[0] != 1:
        raise UserError(f"digits are measured on images of 1 channel; these have {generator.sample_shape[0]}")
    ends = [sweep.start, sweep.stop]
    codes = drawn_codes(generator, protocol.samples, seed, "sefa measured samples")
    random = numpy_generator(seed, "sefa random directions").standard_normal(
        (protocol.random_directions, generator.latent_dim)
    )
    compared = torch.cat([directions.double().cpu(), F.normalize(torch.from_numpy(random))])
    effects = [
        _effects(generator, classifier, moved(codes, direction, ends), sweep.length, batch, device, drawn)
        for direction in compared
    ]
    measured, at_random = effects[: len(directions)], effects[len(directions) :]
    references = references_of(at_random)
    return Meaning(sweep, protocol, references, [judged(row, at_random, references) for row in measured])


def images_to_measure(directions: int, protocol: Protocol) -> int:
    """How many images `measure_meaning` draws."""
    return (directions + protocol.random_directions) * protocol.samples * 2


def references_of(random: Sequence[Sequence[Effect]]) -> list[Reference]:
    """What random directions do to each of `ATTRIBUTES`, given their effects.

    Raises `UserError` if an attribute could not be measured on two of them.
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
    """The findings of a direction with `effects`, one for each of `ATTRIBUTES`, against random directions."""
    p = p_values(_changes([effects])[0], _changes(random), [attribute.signed for attribute in ATTRIBUTES])
    return [_finding(*of_attribute) for of_attribute in zip(ATTRIBUTES, effects, references, p, strict=True)]


def _changes(effects: Sequence[Sequence[Effect]]) -> NDArray[np.float64]:
    """(directions, attributes)"""
    return np.array([[effect.change for effect in row] for row in effects])


def _finding(attribute: Attribute, effect: Effect, against: Reference, p: float) -> Finding:
    ratio = abs(effect.change) / against.rms if against.rms > 0 else np.nan
    apart = effect.low > against.expected or (attribute.signed and effect.high < against.expected)
    return Finding(attribute, effect, float(ratio), p, p <= SIGNIFICANCE and apart)


def _effects(
    generator: Generator,
    classifier: Classifier,
    codes: Tensor,
    length: float,
    batch: int,
    device: torch.device,
    drawn: Callable[[int], object],
) -> list[Effect]:
    """The effect on each of `ATTRIBUTES`; codes (2 * samples, latent_dim): start and stop of each sample in turn."""
    shapes, classes = [], []
    for images in images_of(generator, codes, batch, device):
        with torch.no_grad():
            classes.append(classifier(images).argmax(1).cpu().numpy())
        shapes.append(measure_shapes(images[:, 0].float().cpu().clamp(-1, 1).add(1).div(2).numpy()))
        drawn(len(images))
    values, digits = np.concatenate(shapes), np.concatenate(classes)
    changes = np.column_stack([values[1::2] - values[::2], digits[1::2] != digits[::2]]) / length
    return [mean_effect(column) for column in changes.T]
