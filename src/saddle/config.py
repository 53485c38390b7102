"""params.yaml -> typed, validated settings.

Every value comes from the file: there are no defaults here, so this module decides what is allowed but
never what is used, and no stage needs to rerun when it changes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from saddle.errors import UserError, shown
from saddle.yaml_text import YamlError, read_yaml

# The keys of the registries `OPTIMIZERS` and `OBJECTIVES` in saddle.training; a test holds them equal.
Optimizer = Literal["rmsprop", "adam", "adamw", "sgd"]
Objective = Literal[
    "minimax",
    "non_saturating",
    "halved_non_saturating",
    "hinge",
    "wasserstein",
    "wasserstein_drift",
]

PositiveInt = Annotated[int, Field(gt=0)]
# The limits of saddle.core.network_settings; a test holds them equal.
Features = Annotated[int, Field(gt=0, le=2**16)]
MOST_LAYERS = 100
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LearningRate = Annotated[float, Field(gt=0, le=1000)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
AverageDecay = Annotated[float, Field(gt=0, lt=1)]
Threads = PositiveInt | None
# A name becomes part of file names, of a stage's name in dvc.yaml and of a parameter's dotted name. No capitals: on
# some disks two names that differ in them alone are one file.
NAME_PATTERN = r"^[a-z][a-z0-9_-]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
LAYERS_PATTERN = r"^(all|\d+(-\d+)?(,\d+(-\d+)?)*)$"
# Beside the variants of images and of points, files have these names.
RESERVED = ("classifier", "floor")
RESERVED_POINTS = ("floor", "variants")


def _distinct(values: list[Any]) -> list[Any]:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"{repeated[0]!r} is named more than once")
    return values


class Section(BaseModel):
    """A mapping in params.yaml: unknown keys and silently converted types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoConstraint(Section):
    """The critic is left free, as in the original GAN."""

    kind: Literal["none"]


class ClippingSettings(Section):
    """Weight clipping (WGAN).

    limit: c, above 0; every parameter of the critic is clamped to [-c, c] after each of its updates.
    """

    kind: Literal["weight_clipping"]
    limit: PositiveFloat


class GradientPenaltySettings(Section):
    """Gradient penalty (WGAN-GP).

    weight: lambda, above 0, of the penalty in the critic's loss.
    """

    kind: Literal["gradient_penalty"]
    weight: PositiveFloat


class ZeroCentredPenaltySettings(Section):
    """Penalty on the gradient at real samples (Mescheder et al. 2018).

    weight: of the penalty. every: it is taken at one update of the critic in so many, and then so many times as strong.
    """

    kind: Literal["r1"]
    weight: PositiveFloat
    every: PositiveInt


ConstraintSettings = Annotated[
    NoConstraint | ClippingSettings | GradientPenaltySettings | ZeroCentredPenaltySettings, Field(discriminator="kind")
]


class BatchNormSettings(Section):
    """Batch normalization after every hidden layer but the first.

    eps: what is added to the variance, above 0. statistics: what a sample is normalized by when it is drawn: batch, the
    samples beside it, as in training, or running, the training's averages.
    """

    eps: PositiveFloat
    statistics: Literal["running", "batch"]


class MLPSettings(Section):
    """The hidden layers of a fully connected network.

    hidden: the features of each. activation: what follows each. negative_slope: of leaky_relu; for relu it is 0.
    batch_norm: null for none. dropout: the share of features that training leaves out after each hidden layer.
    """

    hidden: Annotated[list[Features], Field(min_length=1, max_length=MOST_LAYERS)]
    activation: Literal["relu", "leaky_relu"]
    negative_slope: Fraction
    batch_norm: BatchNormSettings | None
    dropout: Fraction

    @property
    def normalizes(self) -> bool:
        """Whether it has batch normalization, which comes after every hidden layer but the first."""
        return self.batch_norm is not None and len(self.hidden) > 1


B = TypeVar("B", int, int | None)


def _checked_batch(size: B, *networks: Any) -> B:
    """`size` of a batch; `ValueError` if it is 1 and one of `networks` normalizes by the batch: one has no spread."""
    if size == 1 and any(part.normalizes for part in networks if part is not None):
        raise ValueError("1 is too few for batch normalization; allowed: 2 or more")
    return size


class PointsVariant(Section):
    """What tells one variant of a points recipe from another.

    optimizer: its own, where the report gives it one; null for the one that all variants share.
    """

    objective: Objective
    constraint: ConstraintSettings
    critic_steps: PositiveInt
    optimizer: Optimizer | None


# A window's grid is in single precision, which must tell its lines apart, and its picture in pixels.
Coordinate = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
LEAST_EXTENT, MOST_ASPECT = 1e-4, 20


class Window(Section):
    """The rectangle that the pictures show, in the units of the data.

    x, y: [low, high], low below high.
    """

    x: Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
    y: Annotated[list[Coordinate], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _ordered(self) -> "Window":
        for low, high in (self.x, self.y):
            if not low < high:
                raise ValueError(f"must be [low, high] with low below high, found [{low}, {high}]")
            if high - low < LEAST_EXTENT * max(abs(low), abs(high)):
                raise ValueError(f"[{low}, {high}] is too narrow so far from 0; allowed: from {LEAST_EXTENT:g} of that")
        width, height = self.x[1] - self.x[0], self.y[1] - self.y[0]
        if not 1 / MOST_ASPECT <= height / width <= MOST_ASPECT:
            raise ValueError(f"{width:g} wide and {height:g} high; allowed: one up to {MOST_ASPECT} times the other")
        return self


class Updates(Section):
    """How the two networks are updated: in which order, at what learning rate, with which betas.

    lr: learning rate of both networks' optimizers. lr_decay: how it falls to 0 over the run. b1, b2: their betas; only
    optimizers of Adam's kind have these. update_first: which network each step updates first. fakes: whether both are
    updated on one generated batch, on the same latents drawn again, or each on latents of its own.
    """

    lr: LearningRate
    lr_decay: Literal["none", "linear", "cosine"]
    b1: Fraction
    b2: Fraction
    update_first: Literal["generator", "discriminator"]
    fakes: Literal["shared", "redrawn", "fresh"]


class PictureSettings(Section):
    """How a report draws its runs.

    real: which real points are shown. surface: what is shown of the discriminator. time: the unit that time is told in.
    """

    real: Literal["held_out", "train"]
    surface: Literal["contours", "mesh"]
    time: Literal["epoch", "step"]


class PointsRecipe(Updates):
    """A whole experiment on points: what its variants share, and the variants.

    generator, discriminator: the layers of the two networks. ema_decay: of the exponential moving average of the
    generator's weights that is drawn and saved; None for none. variants: by name.
    """

    hold_out: bool
    latent_dim: Features
    generator: MLPSettings
    discriminator: MLPSettings
    batch_size: PositiveInt | None
    epochs: PositiveInt
    ema_decay: AverageDecay | None
    log_every: PositiveInt
    snapshot_every: PositiveInt
    window: Window | None
    surface_cells: Annotated[int, Field(ge=2, le=1000)]
    picture: PictureSettings
    variants: Annotated[dict[Name, PointsVariant], Field(min_length=1)]

    @field_validator("batch_size")
    @classmethod
    def _enough_to_normalize(cls, size: int | None, others: ValidationInfo) -> int | None:
        return _checked_batch(size, others.data.get("generator"), others.data.get("discriminator"))


class PointsEvaluation(Section):
    """How the points variants are measured."""

    draws: PositiveInt
    projections: PositiveInt
    neighbours: PositiveInt
    floor_error: Annotated[float, Field(gt=0, lt=1)]
    fit_threshold: Annotated[float, Field(gt=1, allow_inf_nan=False)]


# R1's recipe, which its comparison is always trained by.
FULL_BATCH = "full_batch"


class PointsSettings(Section):
    """Everything under `points`.

    recipe: the key of `recipes` that the stages follow. variants: those of its variants that they train. evaluation:
    how the variants are measured.
    """

    file: str
    variable: str
    train_size: PositiveInt
    max_points: Annotated[int, Field(ge=2)]
    threads: Threads
    standardize: Literal["auto", "always", "never"]
    recipes: dict[Name, PointsRecipe]
    recipe: str
    variants: Annotated[list[Name], Field(min_length=1), AfterValidator(_distinct)]
    evaluation: PointsEvaluation

    @field_validator("recipes")
    @classmethod
    def _has_report_1(cls, recipes: dict[str, PointsRecipe]) -> dict[str, PointsRecipe]:
        if FULL_BATCH not in recipes:
            raise ValueError(f"has no {FULL_BATCH}, which R1's comparison is trained by")
        return recipes

    @field_validator("recipe")
    @classmethod
    def _is_a_recipe(cls, name: str, others: ValidationInfo) -> str:
        if name not in (known := others.data.get("recipes", {name: None})):
            raise ValueError(f"{shown(name)} is no recipe; allowed: {', '.join(known)} (the keys of points.recipes)")
        return name

    @field_validator("variants")
    @classmethod
    def _are_variants(cls, names: list[str], others: ValidationInfo) -> list[str]:
        if not {"recipes", "recipe"} <= others.data.keys():
            return names  # one of them is the error
        known = others.data["recipes"][others.data["recipe"]].variants
        for name in names:
            if name in RESERVED_POINTS:
                raise ValueError(f"{name!r} names files of another kind; choose another name")
            if name not in known:
                recipe = others.data["recipe"]
                raise ValueError(f"{name!r} is no variant of points.recipes.{recipe}; allowed: {', '.join(known)}")
        return names

    def chosen_recipe(self) -> PointsRecipe:
        """The recipe that the stages follow."""
        return self.recipes[self.recipe]

    def variant(self, name: str) -> PointsVariant:
        """The settings of one variant under the chosen `recipe`. Raises `UserError` if there is none of that name."""
        return _named(self.chosen_recipe().variants, name, f"points.recipes.{self.recipe}.variants")


class MLPPair(Section):
    """Two fully connected networks.

    generator, discriminator: their layers.
    """

    kind: Literal["mlp"]
    generator: MLPSettings
    discriminator: MLPSettings

    @property
    def normalizes(self) -> bool:
        """Whether one of the two has batch normalization."""
        return self.generator.normalizes or self.discriminator.normalizes


class DCGANPair(Section):
    """R4's convolutional networks; nothing in them is a setting but the size and channels of the images."""

    kind: Literal["dcgan"]
    normalizes: ClassVar = True


class CompactPair(Section):
    """A small convolutional pair.

    generator: features of the first layer, then feature maps at a quarter and at half of the size. discriminator:
    feature maps at half and at a quarter of the size, then features of the layer before the last. modes: how many
    latents choose one of as many modes; 0: none do.
    """

    kind: Literal["compact"]
    normalizes: ClassVar = True
    generator: Annotated[list[Features], Field(min_length=3, max_length=3)]
    discriminator: Annotated[list[Features], Field(min_length=3, max_length=3)]
    modes: Annotated[int, Field(ge=0)]


class ProGANPair(Section):
    """A progressively growing pair: feature maps at resolution r are min(fmaps_base // r, fmaps_max).

    fmaps_base: the feature maps at resolution r are this over r, rounded down. fmaps_max: but no more than this.
    stabilize: shares of the training's steps at each resolution, from 4 pixels up. fade: shares of the steps that fade
    in each further one.
    """

    kind: Literal["progan"]
    normalizes: ClassVar = False
    fmaps_base: PositiveInt
    fmaps_max: Features
    stabilize: Annotated[list[PositiveFloat], Field(min_length=2)]
    fade: Annotated[list[PositiveFloat], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_fade_between_two_levels(self) -> "ProGANPair":
        if len(self.fade) != len(self.stabilize) - 1:
            raise ValueError(
                f"stabilize has {len(self.stabilize)} entries, one a resolution, so fade must have "
                f"{len(self.stabilize) - 1}, found {len(self.fade)}"
            )
        return self


# The packages of saddle.networks that make a pair; a test holds them equal.
Networks = Annotated[MLPPair | DCGANPair | CompactPair | ProGANPair, Field(discriminator="kind")]


class ImageBudget(Section):
    """How long an image variant trains, in epochs, how often its samples are drawn, in steps, and what is kept.

    epochs: passes over the training images. sample_interval: steps between two grids of samples. ema_decay: of the
    exponential moving average of the generator's weights that is drawn and saved; null for none.
    """

    epochs: PositiveInt
    sample_interval: PositiveInt
    ema_decay: AverageDecay | None


class ImageBudgets(Section):
    """The budget at each scale."""

    laptop: ImageBudget
    full: ImageBudget


class ImageVariant(Updates):
    """One variant of the MNIST experiment; names as R4's command line had them.

    networks: which kind of networks, with its settings. latent_dim: length of a latent vector. img_size: pixels a side.
    channels: of the images. objective: the loss. constraint: what keeps the critic smooth. critic_steps: updates of the
    discriminator for one of the generator. optimizer: of both networks. batch_size: images a step. threads: to train
    with, on which the bytes depend; null: one a core. log_every: steps averaged into one row of training.csv.
    budgets: how long it trains, at each scale.
    """

    networks: Networks
    latent_dim: Features
    img_size: Annotated[int, Field(ge=8, le=1024)]
    channels: Literal[1]
    objective: Objective
    constraint: ConstraintSettings
    critic_steps: PositiveInt
    optimizer: Optimizer
    batch_size: PositiveInt
    threads: Threads
    log_every: PositiveInt
    budgets: ImageBudgets

    @field_validator("batch_size")
    @classmethod
    def _enough_to_normalize(cls, size: int, others: ValidationInfo) -> int:
        return _checked_batch(size, others.data.get("networks"))


class ClassifierSettings(Section):
    """Training of the classifier whose features measure the generators.

    epochs: passes over the training images. batch_size: images a step.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    lr: LearningRate
    threads: Threads


class ImageEvaluation(Section):
    """How the image variants are measured."""

    samples: Annotated[int, Field(ge=100)]
    neighbours: PositiveInt
    kid_subsets: PositiveInt
    kid_subset_size: Annotated[int, Field(ge=2)]
    threads: Threads


class MNISTSettings(Section):
    """Everything under `mnist`.

    evaluation: how the variants are measured.
    """

    source: Annotated[str, Field(min_length=1)]
    grid: Annotated[int, Field(ge=1, le=20)]
    variants: Annotated[dict[Name, ImageVariant], Field(min_length=1)]
    classifier: ClassifierSettings
    evaluation: ImageEvaluation

    @model_validator(mode="after")
    def _no_reserved_name(self) -> "MNISTSettings":
        for name in RESERVED:
            if name in self.variants:
                raise ValueError(f"variants has {name!r}, which names files of another kind; choose another name")
        return self

    def variant(self, name: str) -> ImageVariant:
        """The settings of one variant. Raises `UserError` if there is none of that name."""
        return _named(self.variants, name, "mnist.variants")


class FacesSettings(Section):
    """Everything under `faces`."""

    source: Annotated[str, Field(min_length=1)]


S = TypeVar("S")


def _named(sections: Mapping[str, S], name: str, key: str) -> S:
    if name not in sections:
        raise UserError(f"variant is {name!r}; allowed: {', '.join(sections)} (the keys of {key} in params.yaml)")
    return sections[name]


RunsByOptimizer = dict[Optimizer, Annotated[int, Field(ge=2)]]


class RunsByScale(Section):
    """How many runs of each optimizer, at each scale.

    laptop, full: by optimizer, how many of the seeds it takes, from the first.
    """

    laptop: RunsByOptimizer
    full: RunsByOptimizer


class ComparisonSettings(Section):
    """The comparisons: every variant with every optimizer (R3), and every variant as R1 trained it, over seeds.

    optimizers: those that are compared. runs: by scale, how many of the seeds an optimizer takes, from the first; one
    that is not named takes all.
    """

    optimizers: Annotated[list[Optimizer], Field(min_length=1), AfterValidator(_distinct)]
    seeds: Annotated[list[Seed], Field(min_length=2), AfterValidator(_distinct)]
    runs: RunsByScale
    full_batch_seeds: Annotated[list[Seed], Field(min_length=2), AfterValidator(_distinct)]
    workers: PositiveInt | None
    scheduler: Annotated[str, Field(pattern=r"^(tcp|tls|ucx)://\S+$")] | None


def _listed_layers(value: object) -> object:
    """A single choice as a list of one; YAML reads a single number as such."""
    choices = value if isinstance(value, list) else [value]
    return [str(choice) if type(choice) is int else choice for choice in choices]


# Each choice is "all", or numbers and ranges.
LayerChoice = Annotated[str, Field(pattern=LAYERS_PATTERN, max_length=80)]
LayerChoices = Annotated[
    list[LayerChoice],
    BeforeValidator(_listed_layers, json_schema_input_type=LayerChoice | int | list[LayerChoice | int]),
    Field(min_length=1),
    AfterValidator(_distinct),
]


class Truncation(Section):
    """The codes of the first `layers` layers are drawn nearer to their average, by the factor psi.

    psi: 0 for the average, 1 for no truncation. layers: how many.
    """

    psi: Annotated[float, Field(ge=0, le=1)]
    layers: Annotated[int, Field(ge=0)]


class SefaFile(Section):
    """A generator's file; and what takes the place of the settings of the same names, for this one alone.

    file: its path. layers, truncation, start, stop, steps: as under `sefa`; those that are left out are as there.
    """

    file: Annotated[str, Field(min_length=1)]
    layers: LayerChoices | None = None
    truncation: Truncation | None = None
    start: FiniteFloat | None = None
    stop: FiniteFloat | None = None
    steps: PositiveInt | None = None

    def own(self) -> dict[str, Any]:
        """The common settings that are given, by name."""
        given = {name: getattr(self, name) for name in SefaFile.model_fields if name != "file"}
        return {name: value for name, value in given.items() if value is not None}


class SefaGenerator(SefaFile):
    """A generator whose directions are measured.

    judge: the file or folder of what measures them. crop: which part of an image the face networks are given, left,
    top, right and bottom in shares of its sides; None for all of it.
    """

    judge: Annotated[str, Field(min_length=1)]
    crop: Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=4, max_length=4)] | None = None

    @model_validator(mode="after")
    def _crop_is_a_rectangle(self) -> "SefaGenerator":
        if self.crop is not None and not (self.crop[0] < self.crop[2] and self.crop[1] < self.crop[3]):
            raise ValueError(
                f"crop must be [left, top, right, bottom], left below right, top below bottom, found {self.crop}"
            )
        return self


class SefaSettings(Section):
    """The search of a generator's latent space."""

    generators: dict[Name, SefaGenerator]
    checkpoints: dict[Name, SefaFile]
    layers: LayerChoices
    truncation: Truncation
    num_samples: PositiveInt
    num_semantics: PositiveInt
    start: FiniteFloat
    stop: FiniteFloat
    steps: PositiveInt
    seed: Seed
    sampler: Literal["numpy", "torch"]
    strip_size: PositiveInt
    page_size: PositiveInt
    measure_distance: PositiveFloat
    measure_samples: Annotated[int, Field(ge=2)]
    random_directions: Annotated[int, Field(ge=19)]
    random_samples: Annotated[int, Field(ge=2)]
    threads: Threads

    @model_validator(mode="after")
    def _start_below_stop(self) -> "SefaSettings":
        if not self.start < self.stop:
            raise ValueError(f"start must be below stop, found {self.start:g} and {self.stop:g}")
        if self.random_samples > self.measure_samples:
            raise ValueError(
                f"random_samples is {self.random_samples}; allowed: at most measure_samples, {self.measure_samples}"
            )
        for section, files in (("generators", self.generators), ("checkpoints", self.checkpoints)):
            for name, file in files.items():
                own = self.for_file(file)
                if not own.start < own.stop:
                    raise ValueError(
                        f"{section}.{name}: start must be below stop, found {own.start:g} and {own.stop:g}"
                    )
        for name in self.checkpoints:
            if name in self.generators:
                raise ValueError(f"checkpoints has {name!r}, which is in generators too; choose another name")
        return self

    def for_file(self, file: SefaFile) -> "SefaSettings":
        """The settings for one file, with those of its own in the place of the common ones."""
        return self.model_copy(update=file.own())


def _one_line(text: str) -> str:
    # Charts leave out of their legends what begins with an underscore.
    if not text.isprintable() or text.startswith("_"):
        raise ValueError(f"{shown(text)} is no title; allowed: one line of text that does not begin with _")
    return text


Title = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_one_line)]


class Settings(Section):
    """The whole of params.yaml."""

    seed: Seed
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")]
    devices: Annotated[int, Field(ge=1, le=1024)]
    precision: Literal["fp32", "tf32", "bf16"]
    scale: Literal["laptop", "full"]
    optimizer: Optimizer
    checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    cuda_graphs: bool
    live_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    points: PointsSettings
    mnist: MNISTSettings
    faces: FacesSettings
    comparison: ComparisonSettings
    sefa: SefaSettings
    titles: dict[str, Title]

    def under(self, recipe: str) -> "Settings":
        """The same settings with another points recipe chosen."""
        return self.model_copy(update={"points": self.points.model_copy(update={"recipe": recipe})})

    def title(self, name: str) -> str:
        """What pictures and tables call a variant, an optimizer or a generator: its entry in `titles`, or its name."""
        return self.titles.get(name, name)


def load_settings(path: str | Path = "params.yaml") -> Settings:
    """Read and check `path`.

    Raises `UserError`, one line that names the file, the key, the value and what is allowed.
    """
    path = Path(path)
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run from the project's root") from None
    except YamlError as error:
        raise UserError(f"{path}: {error}") from None
    return settings_of(content, path)


def settings_of(content: object, path: str | Path) -> Settings:
    """The settings that the file `path` was found to hold. Raises `UserError` as `load_settings`."""
    if not isinstance(content, dict):
        raise UserError(f"{path}: must hold a mapping of settings, found {type(content).__name__}")
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(f"{path}: {_sentence(problems[0])}{more}") from None


# Letters of each part of a key that an error shows as it is.
MOST_KEY = 60


def _sentence(problem: Any) -> str:
    """One problem of pydantic's as a sentence: the key's full name, the value, what is allowed."""
    key = _key(problem["loc"])
    value, context = shown(problem["input"]), problem.get("ctx", {})
    match problem["type"]:
        case "literal_error" if problem["loc"][-1:] == ("[key]",):
            return f"{key} has the name {value}; allowed: {_listed(context['expected'])}"
        case _ if problem["loc"][-1:] == ("[key]",):
            return f"{key} has the name {value}; allowed: a small letter, then small letters, digits, _ and -"
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            return f"{key} is not a known key"
        case "literal_error":
            return f"{key} is {value}; allowed: {_listed(context['expected'])}"
        case "union_tag_invalid":
            allowed = context["expected_tags"].replace("'", "")
            return f"{key}.{_tag(context)} is {shown(context['tag'])}; allowed: {allowed}"
        case "union_tag_not_found":
            return f"{key}.{_tag(context)} is missing"
        case "string_pattern_mismatch" if "layers" in problem["loc"]:
            return f"{key} is {value}; allowed: all, or layers and ranges of them such as 0-1,3"
        case "string_pattern_mismatch" if key == "device":
            return f"device is {value}; allowed: auto, cpu, cuda, cuda:N, mps"
        case "too_short" | "too_long" as which:
            least = which == "too_short"
            count = context["min_length" if least else "max_length"]
            entries = "entry" if count == 1 else "entries"
            return f"{key} is {value}; it must have at {'least' if least else 'most'} {count} {entries}"
        case "value_error":
            return f"{key}: {context['error']}" if problem["loc"] else str(context["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{key} is {value}; it must be a mapping of settings"
        case _:
            return f"{key} is {value}; {problem['msg'].replace('Input should', 'it should')}"


def _listed(expected: str) -> str:
    """What pydantic writes as "'a', 'b' or 'c'", as a plain list."""
    return expected.replace(" or ", ", ").replace("'", "")


def _key(location: Sequence[int | str]) -> str:
    """`("points", "variants", 0)` -> `points.variants[0]`, without the tags that pydantic adds to union members."""
    name, before = "", None
    if location and location[-1] == "[key]":
        location = location[:-2]  # a bad name of a mapping's own: the name and this mark
    for part in location:
        # A variant may be called as a union's key is; what follows its name is no tag.
        is_tag = before in ("constraint", "networks") and part != "kind"
        if isinstance(part, int):
            name += f"[{part}]"
        elif not is_tag:
            name += f".{_plain(part)}" if name else _plain(part)
        before = None if is_tag or before == "variants" else part
    return name or "the file"


def _plain(part: str) -> str:
    """A part of a key as an error shows it: whatever a file has there, on one line."""
    return part if part.isprintable() and len(part) <= MOST_KEY else shown(part)


def _tag(context: dict[str, Any]) -> str:
    return str(context["discriminator"]).strip("'")
