"""What a discriminator says of a sample, and what its figures are called: the one place that knows."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from saddle.errors import UserError, shown


@dataclass(frozen=True)
class Score:
    """How an objective reads logits, as the reports print D(x).

    name: what an axis calls it. is_probability: whether it lies in [0, 1] and is the sigmoid of a logit; else it is the
    logit itself, of which only differences mean something. equilibrium: the value at which real and generated samples
    can no longer be told apart; None where the objective has none.

    Models and snapshots carry their score with them, so that what measures or draws them needs to know no objective.
    """

    name: str
    is_probability: bool
    equilibrium: float | None

    def __call__(self, logits: Tensor) -> Tensor:
        """The scores for `logits`, of the same shape."""
        return logits.sigmoid() if self.is_probability else logits

    def facts(self) -> dict[str, Any]:
        """Itself for the metadata of a model file; `of_facts` reads it."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: Any, path: str | Path) -> "Score":
        """The score that `facts` wrote into the model file `path`. Raises `UserError` if they describe none."""
        try:
            return cls(**facts)
        except TypeError:
            expected = "name, is_probability and equilibrium (dvc repro trains it anew)"
            raise UserError(f"{path}: its score is {shown(facts)}; expected {expected}") from None

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Itself for a file of snapshots; NaN stands for no equilibrium."""
        return {
            "score_name": np.array(self.name),
            "score_is_probability": np.array(self.is_probability),
            "score_equilibrium": np.array(np.nan if self.equilibrium is None else self.equilibrium),
        }


# Goodfellow et al. 2014, section 4: at the optimum D is 1/2 everywhere.
PROBABILITY = Score("D(x), probability of real", is_probability=True, equilibrium=0.5)
# Arjovsky et al. 2017: the critic is determined up to a constant, so no value of it is a goal.
CRITIC_VALUE = Score("critic's value", is_probability=False, equilibrium=None)
