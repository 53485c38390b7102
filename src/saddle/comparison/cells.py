"""Which runs a comparison consists of."""

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


def cells(settings: Settings) -> list[Cell]:
    """All runs of the comparison, the longest first, so that no worker is left alone with one at the end."""
    comparison, points = settings.comparison, settings.points
    listed = [
        Cell(variant, optimizer, seed)
        for variant in points.variants
        for optimizer in comparison.optimizers
        for seed in comparison.seeds
    ]
    return sorted(listed, key=lambda cell: -points.variant(cell.variant).critic_steps)


def settings_of(settings: Settings, cell: Cell) -> Settings:
    """`settings` as if `cell` were the only run."""
    return settings.model_copy(update={"optimizer": cell.optimizer, "seed": cell.seed})
