"""What each direction means: which attribute of a digit it changes, beyond what random directions do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from saddle.errors import UserError
from saddle.models.network import Generator
from saddle.randomness import numpy_generator
from saddle.sefa.attributes import ATTRIBUTES, SHAPES, Attribute, measure_shapes
from saddle.sefa.significance import SIGNIFICANCE, Effect, Reference, mean_effect, p_values, reference
from saddle.sefa.traversal import Sweep, drawn_codes, images_of, moved

NO_MEANING = "none"

Classifier = Callable[[Tensor], Tensor]


# With fewer, no p value could be as low as 5 %, and every direction would be called "none".
FEWEST_RANDOM_DIRECTIONS = 19


@dataclass(frozen=True)
class Protocol:
    """How meaning is measured.

    samples: random samples that every direction moves, at least 2. points: distances, evenly along the sweep, at
    which they are measured, at least 2. random_directions: how many directions to compare with, at least 19.
    Raises `UserError` if one is below that.
    """

    samples: int
    points: int
    random_directions: int

    def __post_init__(self) -> None:
        for name, value, least in (
            ("measure_samples", self.samples, 2),
            ("measure_points", self.points, 2),
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

    Random samples are moved along each direction from the sweep's start to its stop, and along random
    directions of length one, uniform over the sphere. A sample's change of an attribute is the slope of the
    least-squares line through its values against the distance; for the digit's identity, how often the class
    changes between neighbouring distances, over the length of the sweep. So every figure is per unit of
    distance, and every comparison is between the same samples.

    classifier: images -> logits (n, classes), on `device`, as the generator. batch: images drawn at once.
    drawn: called with the number of images after each batch; `images_to_measure` says how many there will be.
    Raises `UserError` if the generator's images are not of one channel, or if the samples are blank.
    """
    if generator.sample_shape[0] != 1:
        raise UserError(f"digits are measured on images of 1 channel; these have {generator.sample_shape[0]}")
    distances = Sweep(sweep.start, sweep.stop, protocol.points).distances()
    codes = drawn_codes(generator, protocol.samples, seed, "sefa measured samples")
    random = numpy_generator(seed, "sefa random directions").standard_normal(
        (protocol.random_directions, generator.latent_dim)
    )
    compared = torch.cat([directions.double().cpu(), F.normalize(torch.from_numpy(random))])
    effects = [
        _effects(generator, classifier, moved(codes, direction, distances), distances, batch, device, drawn)
        for direction in compared
    ]
    measured, at_random = effects[: len(directions)], effects[len(directions) :]
    references = references_of(at_random)
    return Meaning(sweep, protocol, references, [judged(row, at_random, references) for row in measured])


def images_to_measure(directions: int, protocol: Protocol) -> int:
    """How many images `measure_meaning` draws."""
    return (directions + protocol.random_directions) * protocol.samples * protocol.points


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
    distances: list[float],
    batch: int,
    device: torch.device,
    drawn: Callable[[int], object],
) -> list[Effect]:
    """The effect on each of `ATTRIBUTES` of moving codes (samples * distances, latent_dim)."""
    shapes, classes = [], []
    for images in images_of(generator, codes, batch, device):
        with torch.no_grad():
            classes.append(classifier(images).argmax(1).cpu().numpy())
        shapes.append(measure_shapes(images[:, 0].float().cpu().clamp(-1, 1).add(1).div(2).numpy()))
        drawn(len(images))
    values = np.concatenate(shapes).reshape(-1, len(distances), len(SHAPES))
    changes = class_changes(np.concatenate(classes).reshape(-1, len(distances)), distances)
    return [*(mean_effect(column) for column in slopes(values, distances).T), mean_effect(changes)]


def slopes(values: NDArray[np.floating], distances: list[float]) -> NDArray[np.float64]:
    """Least-squares slopes against the distance of values (samples, distances, attributes): (samples, attributes).

    NaN where any of the values is.
    """
    centred = np.asarray(distances) - np.mean(distances)
    return np.asarray(np.einsum("t,nta->na", centred / (centred**2).sum(), values))


def class_changes(classes: NDArray[np.integer], distances: list[float]) -> NDArray[np.float64]:
    """How often the class (samples, distances) changes from one distance to the next, per unit of distance."""
    return np.asarray((np.diff(classes, axis=1) != 0).sum(1) / (distances[-1] - distances[0]))
