"""All metrics of one points variant."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.core.network import Discriminator, Generator
from saddle.core.randomness import numpy_rng, torch_rng
from saddle.core.score import Score
from saddle.errors import UserError
from saddle.metrics.points.convergence import epochs_to_fit, progress, relapse_rate, stability
from saddle.metrics.points.distances import StrokeWidths, energy, median_distance, mmd, sliced_w2, w2
from saddle.metrics.shared.neighbours import neighbourhood

Points = NDArray[np.float64]

Metrics = dict[str, float | None]


@dataclass(frozen=True)
class PointsProtocol:
    """How the samples are measured: the same for every variant, or the figures could not be compared.

    draws: independent samples that each metric is the mean of. max_points: most points in a sample. projections: of the
    sliced W2. neighbours: k of precision and its kin. fit_threshold: of `epochs_to_fit`. floor_error: the standard
    error that the floor may have, as a share of it.
    """

    draws: int
    max_points: int
    projections: int
    neighbours: int
    fit_threshold: float
    floor_error: float

    def reference(self, test: Points) -> "Reference":
        """What samples are measured against. Raises `UserError` if these are too few points."""
        held_out = test[: self.max_points]
        self.check_size(len(held_out), "points to measure against")
        return Reference(held_out, median_distance(held_out), StrokeWidths.of(held_out))

    def check_size(self, size: int, what: str) -> None:
        """Raise `UserError` unless a sample of so many points has the neighbours that are asked for."""
        least = max(self.neighbours, 2) + 1
        if size < least:
            raise UserError(
                f"points.evaluation.neighbours is {self.neighbours}, but there are only {size} {what}; allowed: at "
                f"least {least} (give more points, or divide them otherwise: points.train_size, points.max_points)"
            )


@dataclass(frozen=True)
class Reference:
    """What samples are measured against: real points (m, 2), their median distance, and the width of their strokes."""

    points: Points
    bandwidth: float
    widths: StrokeWidths


def measure_sample(sample: Points, reference: Reference, protocol: PointsProtocol) -> Metrics:
    """The metrics of one sample (n, 2) against the reference.

    mmd is None if most real points are one and the same, so that distances have no scale.
    """
    held_out = reference.points
    return {
        "w2": w2(sample, held_out),
        "sliced_w2": sliced_w2(sample, held_out, protocol.projections),
        "mmd": mmd(sample, held_out, reference.bandwidth) if reference.bandwidth > 0 else None,
        "energy": energy(sample, held_out),
        **asdict(neighbourhood(held_out, sample, protocol.neighbours)),
        "width_ratio": reference.widths.ratio(sample),
    }


def measure_floor(others: Points, test: Points, protocol: PointsProtocol, seed: int) -> Metrics:
    """The metrics of real points: sampling noise alone puts a perfect generator at about these values.

    Each is a mean over samples of `others` against the held-out points. Samples that share no point come first; there
    are `protocol.draws`, and more as long as there are such and the standard error of W2's mean is not below
    `protocol.floor_error` of it. w2_error is that error as a share of W2, which samples that overlap do not make
    smaller.

    others: (n, 2), the real points that samples are drawn from. test: (m, 2), the held-out ones. Raises `UserError` if
    there are too few points on either side, or W2 is 0, by which no ratio could be taken.
    """
    reference = protocol.reference(test)
    count = min(len(reference.points), len(others))
    protocol.check_size(count, "others to measure them with")
    rng, apart = numpy_rng(seed, "w2 floor"), len(others) // count
    rows: list[Metrics] = []
    error = math.inf
    while len(rows) < protocol.draws or (error > protocol.floor_error and len(rows) < apart):
        place = len(rows) % apart
        if place == 0:
            order = rng.permutation(len(others))
        sample = others[order[place * count : (place + 1) * count]]
        rows.append(measure_sample(sample, reference, protocol))
        distances = np.array([row["w2"] for row in rows], np.float64)
        if not distances.any():
            raise UserError(
                f"the {len(reference.points)} points to measure against equal the others, so that w2_floor is 0; "
                "give points that are not copies of each other (points.file)"
            )
        if len(rows) > 1:
            error = float(distances.std(ddof=1) / math.sqrt(min(len(rows), apart)) / distances.mean())
    return {**_means(rows), "w2_error": error if math.isfinite(error) else None}


def w2_over_time(snapshots: Sequence[Points], test: Points, protocol: PointsProtocol) -> list[float]:
    """W2 of each snapshot's generated points (n, 2) against the held-out ones, in the units of the data."""
    held_out = test[: protocol.max_points]
    return [w2(samples[: len(held_out)], held_out) for samples in snapshots]


def drawn_samples(generator: Generator, test: Points, protocol: PointsProtocol, seed: int) -> Iterator[torch.Tensor]:
    """The samples that all metrics are means over: `protocol.draws` times as many points as are held out."""
    count = len(test[: protocol.max_points])
    rng = torch_rng(seed, "evaluation latents")
    for _ in range(protocol.draws):
        yield generator.sample(torch.randn(count, generator.latent_dim, generator=rng))


def measure_generator(generator: Generator, test: Points, protocol: PointsProtocol, seed: int) -> Metrics:
    """The metrics of `measure_sample`, each a mean over `protocol.draws` generated samples."""
    reference = protocol.reference(test)
    samples = drawn_samples(generator, test, protocol, seed)
    return _means([measure_sample(sample.double().numpy(), reference, protocol) for sample in samples])


def measure_discriminator(
    generator: Generator,
    discriminator: Discriminator,
    score: Score,
    test: Points,
    protocol: PointsProtocol,
    seed: int,
) -> dict[str, float]:
    """What the discriminator says of held-out and of generated points, as `score` reads it.

    d_real and d_fake are means of probabilities, or of a critic's values, which have no unit.
    """
    real = torch.tensor(test[: protocol.max_points])
    fakes = drawn_samples(generator, test, protocol, seed)
    return {
        "d_real": float(score(discriminator.assess(real)).mean()),
        "d_fake": float(np.mean([float(score(discriminator.assess(fake)).mean()) for fake in fakes])),
    }


def _means(rows: Sequence[Metrics]) -> Metrics:
    """The mean of each metric over the samples that have it; None if none has."""
    known = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    return {name: float(np.mean(np.array(values, np.float64))) if values else None for name, values in known.items()}


def measure_run(
    epochs: Sequence[float], distances: Sequence[float], w2: float, floor: float, threshold: float
) -> Metrics:
    """What became of a run: see `saddle.metrics.points.convergence` for each figure.

    epochs, distances: of each snapshot, and W2 of its points. w2: that of the final generator. floor: that of real
    points.
    """
    ratios = [distance / floor for distance in distances]
    return {
        "epochs_to_fit": epochs_to_fit(epochs, ratios, threshold),
        "relapse_rate": relapse_rate(ratios, threshold),
        "stability": stability(distances),
        "progress": progress(distances[0], w2, floor),
    }


def measure_trained(
    generator: Generator,
    discriminator: Discriminator,
    score: Score,
    snapshots: tuple[Sequence[float], Sequence[Points]],
    test: Points,
    floor: float,
    protocol: PointsProtocol,
    seed: int,
) -> tuple[Metrics, list[float]]:
    """All metrics of a trained variant, and W2 of each of its snapshots.

    score: how the discriminator's outputs are read. snapshots: their epochs, and the points (n, 2) of each. test:
    (m, 2), the held-out points. floor: W2 of real points.
    """
    epochs, clouds = snapshots
    distances = w2_over_time(clouds, test, protocol)
    measured = measure_generator(generator, test, protocol, seed)
    says = measure_discriminator(generator, discriminator, score, test, protocol, seed)
    own = float(measured.pop("w2") or 0.0)
    came_to = measure_run(epochs, distances, own, floor, protocol.fit_threshold)
    return {"w2": own, "w2_floor": floor, "w2_ratio": own / floor, **measured, **says, **came_to}, distances
