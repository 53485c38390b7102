"""From the `constraint` of params.yaml to the object that the loop takes."""

from saddle.config import ConstraintSettings
from saddle.training.constraints import Constraint, GradientPenalty, Unconstrained, WeightClipping


def build_constraint(settings: ConstraintSettings) -> Constraint:
    """The constraint that `settings` describe."""
    match settings.kind:
        case "weight_clipping":
            return WeightClipping(settings.limit)
        case "gradient_penalty":
            return GradientPenalty(settings.weight)
        case _:
            return Unconstrained()
