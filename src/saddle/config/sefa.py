"""What stands under `sefa`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from saddle.config.section import FiniteFloat, Name, PositiveInt, Section, Seed, Threads, distinct

LAYERS_PATTERN = r"^(all|\d+(-\d+)?(,\d+(-\d+)?)*)$"


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
    AfterValidator(distinct),
]


class Truncation(Section):
    """The codes of the first layers are drawn nearer to their average."""

    psi: Annotated[float, Field(ge=0, le=1)]
    """How much of their distance to the average is left: 0 for the average, 1 for no truncation."""
    layers: Annotated[int, Field(ge=0)]
    """How many layers."""


class SefaFile(Section):
    """A generator's file, and what takes the place of the common settings for this one alone."""

    file: Annotated[str, Field(min_length=1)]
    """Its path."""
    layers: LayerChoices | None = None
    """As under sefa."""
    truncation: Truncation | None = None
    """As under sefa."""
    start: FiniteFloat | None = None
    """As under sefa."""
    stop: FiniteFloat | None = None
    """As under sefa."""
    steps: PositiveInt | None = None
    """As under sefa."""


class SefaGenerator(SefaFile):
    """A generator whose directions are measured."""

    judge: Annotated[str, Field(min_length=1)]
    """The file or folder of what measures them: a digit classifier, an attribute reader, or the face networks."""
    crop: Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=4, max_length=4)] | None = None
    """The part of an image that the face networks see: left, top, right, bottom in shares of its sides; null: all."""
    random_samples: Annotated[int, Field(ge=2)] | None = None
    """As under sefa."""


class SefaSettings(Section):
    """The search of a generator's latent space (R3; Shen and Zhou 2021)."""

    generators: dict[Name, SefaGenerator]
    """What is searched and measured, by name."""
    checkpoints: dict[Name, SefaFile]
    """Files that others published, drawn without being measured, by name."""
    layers: LayerChoices
    """Layers of StyleGAN and StyleGAN2 whose codes are moved: all, or such as "0-1,3", or a list of these."""
    truncation: Truncation
    """Of StyleGAN and StyleGAN2; the defaults of Shen and Zhou's code."""
    num_samples: PositiveInt
    """N: random samples that are moved (R3: 5)."""
    num_semantics: PositiveInt
    """K, at most the latent size: directions with the largest eigenvalues (R3: 5)."""
    start: FiniteFloat
    """Lowest distance along a direction of length 1."""
    stop: FiniteFloat
    """Highest distance, above start."""
    steps: PositiveInt
    """Distances drawn, both ends included."""
    seed: Seed
    """Of the samples that are drawn and measured."""
    sampler: Literal["numpy", "torch"]
    """torch draws the very samples of Shen and Zhou's code at this seed."""
    strip_size: PositiveInt
    """Most pixels a side of an image in the strips; larger ones are averaged down."""
    page_size: PositiveInt
    """The same for index.html, which holds all images."""
    measure_samples: Annotated[int, Field(ge=2)]
    """Samples that each direction is measured on."""
    random_directions: Annotated[int, Field(ge=19)]
    """Random directions to compare with; the time is in proportion."""
    random_samples: Annotated[int, Field(ge=2)]
    """Samples that each of these is measured on, at most measure_samples; fewer never make p smaller."""
    threads: Threads
    """Threads to draw and to measure with; null: one a core."""

    @model_validator(mode="after")
    def _one_fits_the_other(self) -> "SefaSettings":
        own = {"": self, **{f"generators.{name}: ": self.for_file(file) for name, file in self.generators.items()}}
        own |= {f"checkpoints.{name}: ": self.for_file(file) for name, file in self.checkpoints.items()}
        for where, each in own.items():
            if not each.start < each.stop:
                raise ValueError(f"{where}start must be below stop, found {each.start:g} and {each.stop:g}")
            if each.random_samples > each.measure_samples:
                raise ValueError(
                    f"{where}random_samples is {each.random_samples}; allowed: at most measure_samples, "
                    f"{each.measure_samples}"
                )
        for name in self.checkpoints:
            if name in self.generators:
                raise ValueError(f"checkpoints has {name!r}, which is in generators too; choose another name")
        return self

    def folder_of(self, name: str) -> str:
        """The name of the output folder for a generator called `name`."""
        return f"{name}_N{self.num_samples}_K{self.num_semantics}_seed{self.seed}"

    def for_file(self, file: SefaFile) -> "SefaSettings":
        """The settings for one file, with those of its own in the place of the common ones."""
        own = {name: value for name, value in file if value is not None and name in SefaSettings.model_fields}
        return self.model_copy(update=own)
