"""What stands under `mnist`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from saddle.config.networks import Networks, Updates, Variant
from saddle.config.section import (
    AverageDecay,
    Features,
    LearningRate,
    Name,
    Optimizer,
    PositiveInt,
    Section,
    Threads,
    named,
)

# Beside the variants of images, files have these names.
RESERVED = ("classifier", "floor")


class ImageBudget(Section):
    """How long an image variant trains, how often its samples are drawn, and what is kept."""

    epochs: PositiveInt
    """Passes over the training images."""
    sample_interval: PositiveInt
    """Steps between two grids of samples."""
    ema_decay: AverageDecay | None
    """Decay of the generator's exponential moving average, which is then what is drawn and saved; null: none."""


class ImageBudgets(Section):
    """The budget at each scale."""

    laptop: ImageBudget
    """What two cores do in minutes."""
    full: ImageBudget
    """What the reports trained."""


class ImageVariant(Updates, Variant):
    """One variant of the MNIST experiment; names as R4's command line had them."""

    networks: Networks
    """The kind of networks, with its settings."""
    latent_dim: Features
    """Length of a latent vector."""
    img_size: Annotated[int, Field(ge=8, le=1024)]
    """Pixels a side; the kinds of networks ask for multiples of 4 or 16, or a power of two."""
    channels: Literal[1]
    """Channels of the images."""
    optimizer: Optimizer
    """Of both networks."""
    batch_size: PositiveInt
    """Images a step."""
    threads: Threads
    """Threads to train with, on which the bytes depend; null: one a core."""
    log_every: PositiveInt
    """Steps averaged into one row of training.csv."""
    budgets: ImageBudgets
    """How long it trains, at each scale."""


class ClassifierSettings(Section):
    """Training of the classifier whose features measure the generators."""

    epochs: PositiveInt
    """Passes over the training images."""
    batch_size: PositiveInt
    """Images a step."""
    lr: LearningRate
    """Peak of a one-cycle learning rate."""
    threads: Threads
    """Threads to train with; null: one a core."""


class ImageEvaluation(Section):
    """How the image variants are measured."""

    samples: Annotated[int, Field(ge=100)]
    """Generated images, and as many test images (fewer if the data have fewer)."""
    neighbours: PositiveInt
    """k of precision, recall, density and coverage."""
    kid_subsets: PositiveInt
    """KID is the mean over so many pairs of random subsets (Binkowski et al. 2018)."""
    kid_subset_size: Annotated[int, Field(ge=2)]
    """Images in each of these; fewer if there are fewer."""
    threads: Threads
    """Threads to measure with; null: one a core."""


class MNISTSettings(Section):
    """The experiment on images."""

    source: Annotated[str, Field(min_length=1)]
    """auto: mirrors of MNIST. Or a folder that holds the four IDX files, packed or not."""
    grid: Annotated[int, Field(ge=1, le=20)]
    """Samples a side in a grid (R4: 5)."""
    variants: Annotated[dict[Name, ImageVariant], Field(min_length=1)]
    """The variants, by name."""
    classifier: ClassifierSettings
    """The classifier whose features measure the generators."""
    evaluation: ImageEvaluation
    """How the variants are measured."""

    @model_validator(mode="after")
    def _no_reserved_name(self) -> "MNISTSettings":
        for name in RESERVED:
            if name in self.variants:
                raise ValueError(f"variants has {name!r}, which names files of another kind; choose another name")
        return self

    def variant(self, name: str) -> ImageVariant:
        """The settings of one variant. Raises `UserError` if there is none of that name."""
        return named(self.variants, name, "mnist.variants")
