"""The learning rate over a run."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from saddle.training.optimizers import set_rate
from saddle.training.state import TrainingState

# What is left of the rate once a share of the run, 0 to 1, is done.
DECAYS: dict[str, Callable[[float], float]] = {
    "none": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: (1.0 + math.cos(math.pi * done)) / 2,
}


@dataclass(frozen=True)
class Schedule:
    """The rate of both networks: `lr` at the first of `steps` steps, falling to 0 as `decay`, a key of `DECAYS`, says.

    The rate of a step follows from its number alone, so that a restored run goes on as it would have.
    """

    lr: float
    decay: str
    steps: int

    def rate(self, step: int) -> float:
        """The learning rate of the step after `step` others."""
        return self.lr * DECAYS[self.decay](step / self.steps)

    def apply(self, state: TrainingState) -> None:
        """Give both optimizers the rate of the step that comes next."""
        set_rate((state.generator_optimizer, state.discriminator_optimizer), self.rate(state.step))
