"""All metrics of one points variant."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.core.network import Discriminator, Generator
from saddle.core.randomness import numpy_rng, torch_rng
from saddle.core.score import Score
from saddle.errors import UserError
from saddle.metrics.points.convergence import epochs_to_fit, stability
from saddle.metrics.points.distances import energy, median_distance, mmd, sliced_w2, w2
from saddle.metrics.shared.neighbours import neighbourhood

Points = NDArray[np.float64]


@dataclass(frozen=True)
class PointsProtocol:
    """How the samples are measured: the same for every variant, or the figures could not be compared.

    draws: independent samples that each metric is the mean of. max_points: most points in a sample. projections:
    directions of the sliced W2. neighbours: k of precision and its kin. fit_threshold: of `epochs_to_fit`.
    """

    draws: int
    max_points: int
    projections: int
    neighbours: int
    fit_threshold: float

    def check(self, test: Points) -> None:
        """Raise `UserError` if fewer points are held out than the neighbours need."""
        held_out = min(len(test), self.max_points)
        if held_out <= self.neighbours:
            raise UserError(
                f"points.evaluation.neighbours is {self.neighbours}, but only {held_out} points are measured on; "
                "lower it, or hold out more (lower points.train_size or raise points.max_points)"
            )


def w2_floor(train: Points, test: Points, protocol: PointsProtocol, seed: int) -> float:
    """What W2 is between two samples of the data: train points against held-out ones, over the same draws.

    Sampling noise alone puts a perfect generator at about this distance. Units of the data, range (0, inf).
    """
    held_out = test[: protocol.max_points]
    rng = numpy_rng(seed, "w2 floor")
    count = min(len(held_out), len(train))
    return float(np.mean([w2(train[rng.permutation(len(train))[:count]], held_out) for _ in range(protocol.draws)]))


def w2_over_time(snapshots: Sequence[Points], test: Points, protocol: PointsProtocol) -> list[float]:
    """W2 of each snapshot's generated points (n, 2) against the held-out ones; units of the data."""
    held_out = test[: protocol.max_points]
    return [w2(samples[: len(held_out)], held_out) for samples in snapshots]


def drawn_samples(generator: Generator, test: Points, protocol: PointsProtocol, seed: int) -> Iterator[torch.Tensor]:
    """The samples that all metrics are means over: `protocol.draws` times as many points as are held out."""
    count = len(test[: protocol.max_points])
    rng = torch_rng(seed, "evaluation latents")
    for _ in range(protocol.draws):
        yield generator.sample(torch.randn(count, generator.latent_dim, generator=rng))


def w2_of_draws(generator: Generator, test: Points, protocol: PointsProtocol, seed: int) -> list[float]:
    """W2 to the held-out points for each of the drawn samples; units of the data."""
    held_out = test[: protocol.max_points]
    return [w2(samples.double().numpy(), held_out) for samples in drawn_samples(generator, test, protocol, seed)]


def measure_samples(
    generator: Generator,
    discriminator: Discriminator,
    score: Score,
    test: Points,
    protocol: PointsProtocol,
    seed: int,
) -> dict[str, float]:
    """The metrics of generated against held-out points, each a mean over `protocol.draws` samples.

    w2, sliced_w2, mmd, energy: see `saddle.metrics.points.distances`; precision, recall, density, coverage: see
    `saddle.metrics.shared.neighbours`. d_real, d_fake: means of what the discriminator says of held-out and of
    generated points, as `score` reads its logits.
    """
    held_out = test[: protocol.max_points]
    bandwidth = median_distance(held_out)
    rows = []
    for samples in drawn_samples(generator, test, protocol, seed):
        fake = samples.double().numpy()
        rows.append(
            {
                "w2": w2(fake, held_out),
                "sliced_w2": sliced_w2(fake, held_out, protocol.projections),
                "mmd": mmd(fake, held_out, bandwidth),
                "energy": energy(fake, held_out),
                **asdict(neighbourhood(held_out, fake, protocol.neighbours)),
                "d_real": _mean_score(discriminator, score, torch.tensor(held_out, dtype=torch.float32)),
                "d_fake": _mean_score(discriminator, score, samples),
            }
        )
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


@torch.no_grad()
def _mean_score(discriminator: Discriminator, score: Score, samples: torch.Tensor) -> float:
    return float(score(discriminator(samples)).mean())


def measure_run(
    epochs: Sequence[float], distances: Sequence[float], floor: float, threshold: float
) -> dict[str, float | None]:
    """`epochs_to_fit` and `stability` from the W2 of each snapshot."""
    return {
        "epochs_to_fit": epochs_to_fit(epochs, [distance / floor for distance in distances], threshold),
        "stability": stability(distances),
    }
