"""What stands under `points`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from saddle.config.networks import MLPSettings, Updates, Variant
from saddle.config.section import (
    AverageDecay,
    Features,
    FiniteFloat,
    Name,
    Optimizer,
    PositiveInt,
    Section,
    Threads,
    distinct,
    named,
)
from saddle.errors import shown

# R1's recipe, which its comparison is always trained by.
FULL_BATCH = "full_batch"
# Beside the variants of points, files have these names.
RESERVED = ("floor", "variants")


class PointsVariant(Variant):
    """What tells one variant of a points recipe from another."""

    optimizer: Optimizer | None
    """Its own, where the report gives it one; null for the one at the top of the file."""


# Of a picture in pixels.
MOST_ASPECT = 20


class Window(Section):
    """The rectangle that the pictures show, in the units of the data."""

    x: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]
    """[low, high], low below high."""
    y: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]
    """[low, high], low below high."""

    @model_validator(mode="after")
    def _ordered(self) -> "Window":
        for low, high in (self.x, self.y):
            if not low < high:
                raise ValueError(f"must be [low, high] with low below high, found [{low}, {high}]")
        width, height = self.x[1] - self.x[0], self.y[1] - self.y[0]
        if not 1 / MOST_ASPECT <= height / width <= MOST_ASPECT:
            raise ValueError(f"{width:g} wide and {height:g} high; allowed: one up to {MOST_ASPECT} times the other")
        return self


class PictureSettings(Section):
    """How a report draws its runs."""

    real: Literal["held_out", "train"]
    """Which real points are shown."""
    surface: Literal["contours", "mesh"]
    """How the discriminator's surface is shown."""
    time: Literal["epoch", "step"]
    """The unit that time is told in."""


class PointsRecipe(Updates):
    """A whole experiment on points: what its variants share, and the variants."""

    hold_out: bool
    """true: train_size points train and the others judge the fit. false: all train, and fresh points judge it."""
    latent_dim: Features
    """Length of a latent vector."""
    generator: MLPSettings
    """Layers of the generator."""
    discriminator: MLPSettings
    """Layers of the discriminator."""
    batch_size: PositiveInt | None
    """Points a step, an incomplete last batch left out; null: all training points in one batch."""
    epochs: PositiveInt
    """Passes over the training points."""
    ema_decay: AverageDecay | None
    """Decay of the generator's exponential moving average, which is then what is drawn and saved; null: none."""
    log_every: PositiveInt
    """Epochs averaged into one row of training.csv."""
    snapshot_every: PositiveInt
    """Epochs between two frames."""
    window: Window | None
    """What the pictures show; null, or where no point would be seen: the data and a margin."""
    surface_cells: Annotated[int, Field(ge=2, le=1000)]
    """Cells of the discriminator's surface along the window's longer side."""
    picture: PictureSettings
    """How the pictures show it."""
    variants: Annotated[dict[Name, PointsVariant], Field(min_length=1)]
    """The variants, by name."""


class PointsEvaluation(Section):
    """How the points variants are measured."""

    draws: PositiveInt
    """Independent samples that each metric is averaged over."""
    projections: PositiveInt
    """Directions of the sliced W2 distance."""
    neighbours: PositiveInt
    """k of precision, recall, density and coverage (Naeem et al. 2020 use 5)."""
    floor_error: Annotated[float, Field(gt=0, lt=1)]
    """Standard error that the floor of W2 may have, as a share of it: so many real samples are drawn."""
    fit_threshold: Annotated[float, Field(gt=1, allow_inf_nan=False)]
    """A run fits from the first of three snapshots in a row whose W2 is below this many times the floor."""


class PointsSettings(Section):
    """The experiments on points."""

    file: str
    """MATLAB file of the points, version 7 or older."""
    variable: str
    """Its n x 2 matrix of real numbers, one point a row."""
    train_size: PositiveInt
    """With hold_out: points to train on; the rest, at least 2, judges the fit (R3: 7,000 of 8,192)."""
    max_points: Annotated[int, Field(ge=2)]
    """Most points in one snapshot or one measured sample (R3 holds out 1,192)."""
    threads: Threads
    """Threads to train with, on which the bytes depend; null: one a core."""
    standardize: Literal["auto", "always", "never"]
    """Whether networks see the points shifted and scaled to R3's; auto: if far larger, smaller or elsewhere."""
    recipes: dict[Name, PointsRecipe]
    """The experiments, by name."""
    recipe: str
    """Which of the recipes the stages of the points run."""
    variants: Annotated[list[Name], Field(min_length=1), AfterValidator(distinct)]
    """Those of the recipe's variants that the stages train, measure and draw."""
    evaluation: PointsEvaluation
    """How the variants are measured."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> "PointsSettings":
        if FULL_BATCH not in self.recipes:
            raise ValueError(f"recipes has no {FULL_BATCH}, which R1's comparison is trained by")
        if self.recipe not in self.recipes:
            raise ValueError(f"recipe is {shown(self.recipe)}; allowed: {', '.join(self.recipes)}, the keys of recipes")
        known = self.chosen_recipe().variants
        for name in self.variants:
            if name in RESERVED:
                raise ValueError(f"variants has {name!r}, which names files of another kind; choose another name")
            if name not in known:
                raise ValueError(f"variants has {name!r}; allowed: {', '.join(known)}, those of recipes.{self.recipe}")
        return self

    def chosen_recipe(self) -> PointsRecipe:
        """The recipe that the stages follow."""
        return self.recipes[self.recipe]

    def variant(self, name: str) -> PointsVariant:
        """The settings of one variant under the chosen `recipe`. Raises `UserError` if there is none of that name."""
        return named(self.chosen_recipe().variants, name, f"points.recipes.{self.recipe}.variants")
