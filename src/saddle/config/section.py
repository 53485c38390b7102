"""What all sections of params.yaml are made of."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from saddle.errors import UserError

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
Features = Annotated[int, Field(gt=0, le=2**16)]  # of one layer, or a latent vector's length
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LearningRate = Annotated[float, Field(gt=0, le=1000)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
AverageDecay = Annotated[float, Field(gt=0, lt=1)]
Threads = PositiveInt | None
# A name becomes part of file names, of a stage's name in dvc.yaml and of a parameter's dotted name. No capitals: on
# some disks two names that differ in them alone are one file.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class Section(BaseModel):
    """A mapping in params.yaml: unknown keys and silently converted types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def distinct(values: list[Any]) -> list[Any]:
    """`values` as they are; `ValueError` if one is there twice."""
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"{repeated[0]!r} is named more than once")
    return values


S = TypeVar("S")


def named(sections: Mapping[str, S], name: str, key: str) -> S:
    """The section called `name` of those under `key`; `UserError` if there is none."""
    if name not in sections:
        what = key.rpartition(".")[2].removesuffix("s")
        raise UserError(f"{what} is {name!r}; allowed: {', '.join(sections)} (the keys of {key} in params.yaml)")
    return sections[name]
