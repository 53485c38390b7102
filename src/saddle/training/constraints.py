"""What keeps a critic Lipschitz: a penalty added to its loss, or a projection after its step."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from saddle.core.network import Discriminator

# Gives random numbers from [0, 1) for so many samples, (count,).
Uniform = Callable[[int], Tensor]

# Added under the root of the gradient norm: the root's own gradient is infinite at zero.
NORM_EPS = 1e-12


class Constraint:
    """The common interface; what a constraint does not override asks for nothing."""

    def due(self, update: int) -> bool:
        """Whether the critic is penalized at an update, `update` others being done."""
        return False

    def penalty(self, critic: Discriminator, real: Tensor, fake: Tensor, uniform: Uniform) -> Tensor:
        """A scalar to add to the critic's loss where it is due. uniform: supplies what is random in it."""
        raise NotImplementedError

    def project(self, critic: Discriminator) -> None:
        """Bring the critic's parameters back into the allowed set after a step."""
        return


class Unconstrained(Constraint):
    """The original GAN: neither penalty nor projection."""


@dataclass(frozen=True)
class WeightClipping(Constraint):
    """Arjovsky et al. 2017, algorithm 1: every parameter is clamped to [-limit, limit]."""

    limit: float

    @torch.no_grad()
    def project(self, critic: Discriminator) -> None:
        """Clamp all parameters, biases included, in place."""
        for parameter in critic.parameters():
            parameter.clamp_(-self.limit, self.limit)


@dataclass(frozen=True)
class GradientPenalty(Constraint):
    """Gulrajani et al., Improved Training of Wasserstein GANs, 2017, eq. 3: weight * mean((||grad D|| - 1)^2)."""

    weight: float

    def due(self, update: int) -> bool:
        """At every update."""
        return True

    def penalty(self, critic: Discriminator, real: Tensor, fake: Tensor, uniform: Uniform) -> Tensor:
        """The weighted penalty at random points between `real` and `fake`, both (n, ...)."""
        return self.weight * gradient_penalty(critic, real, fake, uniform)


@dataclass(frozen=True)
class ZeroCentredPenalty(Constraint):
    """Mescheder et al., Which Training Methods for GANs do actually Converge?, 2018, eq. 9, there called R1.

    weight / 2 * mean(||grad D(x)||^2) on real samples, at every update that is a multiple of `every`, and then `every`
    times as strong: it costs a fraction and acts alike (lazy regularization; Karras et al., Analyzing and Improving
    the Image Quality of StyleGAN, 2020, section 3.1).
    """

    weight: float
    every: int

    def due(self, update: int) -> bool:
        """At one in `every`."""
        return update % self.every == 0

    def penalty(self, critic: Discriminator, real: Tensor, fake: Tensor, uniform: Uniform) -> Tensor:
        """The penalty on `real` (n, ...), `every` times as strong; `fake` and `uniform` play no part."""
        squares = critic.input_gradient(real).flatten(1).square().sum(1)
        return self.weight / 2 * self.every * squares.mean()


def gradient_penalty(critic: Discriminator, real: Tensor, fake: Tensor, uniform: Uniform) -> Tensor:
    """mean over samples of (||grad_xhat D(xhat)||_2 - 1)^2, a scalar with a graph to the critic's parameters.

    xhat = a x + (1 - a) G(z) with one a ~ U[0, 1] a sample. real, fake: (n, ...), any sample shape; the norm is
    over all dimensions but the first. Gulrajani et al. 2017; R1 gives the same formula.
    """
    share = uniform(len(real)).to(real.dtype).view(-1, *[1] * (real.ndim - 1))
    gradient = critic.input_gradient(share * real.detach() + (1 - share) * fake.detach())
    norm = (gradient.flatten(1).square().sum(1) + NORM_EPS).sqrt()
    return (norm - 1).square().mean()


# By the `kind` of params.yaml; the other keys of a constraint there are the arguments of its class.
CONSTRAINTS: dict[str, type[Constraint]] = {
    "none": Unconstrained,
    "weight_clipping": WeightClipping,
    "gradient_penalty": GradientPenalty,
    "r1": ZeroCentredPenalty,
}


def build_constraint(kind: str, **settings: float) -> Constraint:
    """The constraint that `kind` names, with its settings."""
    return CONSTRAINTS[kind](**settings)
