"""What stands under `images`."""

from typing import Annotated, ClassVar, Literal

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

# Beside those of the variants of images there are files whose names begin so, one a data set.
RESERVED = ("classifier_", "floor_", "judge_")


ImageSize = Annotated[int, Field(ge=8, le=1024)]


class MNISTData(Section):
    """A data set in MNIST's format."""

    kind: Literal["mnist"]
    source: Annotated[str, Field(min_length=1)] | None = None
    """Of `mnist` alone. auto: its mirrors. Or a folder that holds the four IDX files, packed or not."""
    path: Annotated[str, Field(min_length=1)]
    """The folder with the four files; that of `mnist` is what the stage fetch_mnist fills."""
    channels: ClassVar[int] = 1


class FolderData(Section):
    """A folder of pictures."""

    kind: Literal["folder"]
    path: Annotated[str, Field(min_length=1)]
    """The folder. If it has subfolders with pictures, they are the labels."""
    img_size: ImageSize
    """Pixels a side to which the middle of each picture is resized."""
    channels: Literal[1, 3]
    """1: grey; 3: in colour."""
    held_out: Annotated[float, Field(gt=0, lt=1)]
    """Share of the pictures that none is trained on and all are measured by."""
    unreadable: Literal["refuse", "skip"]
    """What becomes of a file that is no picture."""


class AvatarsData(Section):
    """Drawn faces of 16 x 16 pixels whose attributes are known."""

    kind: Literal["avatars"]
    path: Annotated[str, Field(min_length=1)]
    """The folder that the stage draw_avatars fills."""
    count: Annotated[int, Field(ge=2, le=10**6)]
    """How many are drawn."""
    held_out: Annotated[float, Field(gt=0, lt=1)]
    """Share of the avatars, the last, that none is trained on and all are measured by."""
    channels: ClassVar[int] = 3


Dataset = Annotated[MNISTData | FolderData | AvatarsData, Field(discriminator="kind")]


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
    """One variant of the experiment on images; names as R4's command line had them."""

    dataset: Name
    """A key of datasets: what it is trained on."""
    networks: Networks
    """The kind of networks, with its settings."""
    latent_dim: Features
    """Length of a latent vector."""
    img_size: ImageSize
    """Pixels a side; the kinds of networks ask for multiples of 4 or 16, or a power of two."""
    channels: Literal[1, 3]
    """Channels of the images; those of its data set."""
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
    """Training of the classifier whose features measure the generators, and of the reader of attributes."""

    steps: PositiveInt
    """Steps of training, whatever the number of images."""
    batch_size: PositiveInt
    """Images a step; all if they are fewer."""
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


class ImagesSettings(Section):
    """The experiment on images."""

    datasets: dict[Name, Dataset]
    """What the variants are trained on, by name."""
    grid: Annotated[int, Field(ge=1, le=20)]
    """Samples a side in a grid (R4: 5)."""
    variants: Annotated[dict[Name, ImageVariant], Field(min_length=1)]
    """The variants, by name."""
    classifier: ClassifierSettings
    """The classifier whose features measure the generators."""
    evaluation: ImageEvaluation
    """How the variants are measured."""

    @model_validator(mode="after")
    def _variants_fit_their_data(self) -> "ImagesSettings":
        for name, variant in self.variants.items():
            if name.startswith(RESERVED):
                raise ValueError(f"variants has {name!r}, which names files of another kind; choose another name")
            if variant.dataset not in self.datasets:
                allowed = ", ".join(self.datasets)
                raise ValueError(f"variants.{name}.dataset is {variant.dataset!r}; allowed: {allowed}")
            if variant.channels != (channels := self.datasets[variant.dataset].channels):
                raise ValueError(
                    f"variants.{name}.channels is {variant.channels}; its data set, {variant.dataset}, has {channels}"
                )
        return self

    def variant(self, name: str) -> ImageVariant:
        """The settings of one variant. Raises `UserError` if there is none of that name."""
        return named(self.variants, name, "images.variants")

    def dataset(self, name: str) -> Dataset:
        """The settings of one data set. Raises `UserError` if there is none of that name."""
        return named(self.datasets, name, "images.datasets")
