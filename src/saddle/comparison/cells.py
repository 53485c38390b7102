"""Which runs a comparison consists of."""

from collections.abc import Iterable
from dataclasses import dataclass

from saddle.config import Settings


@dataclass(frozen=True, order=True)
class Cell:
    """One run: a variant, an optimizer, and the seed of the training."""

    variant: str
    optimizer: str
    seed: int

    @property
    def name(self) -> str:
        """As the progress bar and the run's files call it."""
        return f"{self.variant}-{self.optimizer}-{self.seed}"


def optimizer_cells(settings: Settings) -> list[Cell]:
    """The comparison of optimizers (R3): every variant with every optimizer and its seeds."""
    return _longest_first(
        settings,
        (
            Cell(variant, optimizer, seed)
            for variant in settings.points.variants
            for optimizer in settings.comparison.optimizers
            for seed in settings.compared_seeds(optimizer)
        ),
    )


def full_batch_cells(settings: Settings) -> list[Cell]:
    """R1's three variants over seeds, each with the optimizer that R1 gives it; settings: `under` that recipe."""
    return _longest_first(
        settings,
        (
            Cell(variant, settings.optimizer_of(variant), seed)
            for variant in settings.points.variants
            for seed in settings.comparison.full_batch_seeds
        ),
    )


def _longest_first(settings: Settings, cells: Iterable[Cell]) -> list[Cell]:
    """So that no worker is left alone with a long run at the end."""
    return sorted(cells, key=lambda cell: -settings.points.variant(cell.variant).critic_steps)
