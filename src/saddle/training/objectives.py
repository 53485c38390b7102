"""What the two networks of a GAN optimize.

Every objective takes logits (n,), the discriminator's output before any sigmoid, and returns losses to
minimize. Logarithms of a sigmoid are taken from logits, log D = -softplus(-logit) and
log(1 - D) = -softplus(logit), so that no loss overflows however sure the discriminator is.
"""

from typing import Protocol

from torch import Tensor
from torch.nn.functional import relu, softplus

from saddle.core.score import CRITIC_VALUE, PROBABILITY, Score

DRIFT = 0.001


class Objective(Protocol):
    """The common interface of all objectives.

    score: how the logits are read, what the reports print as D(x).
    """

    score: Score

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss, a scalar, from its logits on real and on generated samples."""
        ...

    def generator_loss(self, fake: Tensor) -> Tensor:
        """The generator's loss, a scalar, from the discriminator's logits on generated samples."""
        ...


class Minimax:
    """Goodfellow et al., Generative Adversarial Networks, 2014, eq. 1; the saturating form, used by R1.

    L_D = -mean(log D(x)) - mean(log(1 - D(G(z)))), L_G = mean(log(1 - D(G(z)))).
    """

    score = PROBABILITY

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """L_D; at least 0, and log 4 when D says 0.5 everywhere."""
        return softplus(-real).mean() + softplus(fake).mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """L_G; at most 0, and its gradient vanishes where D is sure that a sample is generated."""
        return -softplus(fake).mean()


class NonSaturating(Minimax):
    """Goodfellow et al. 2014, section 3: the same L_D, and L_G = -mean(log D(G(z))); R2, R3 and R4."""

    def generator_loss(self, fake: Tensor) -> Tensor:
        """L_G; at least 0."""
        return softplus(-fake).mean()


class HalvedNonSaturating(NonSaturating):
    """R4: as `NonSaturating`, with the mean of the two halves, L_D = (real + fake) / 2."""

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Half of L_D."""
        return super().discriminator_loss(real, fake) / 2


class Hinge:
    """Lim and Ye, Geometric GAN, 2017; Miyato et al., Spectral Normalization for GANs, 2018, eq. 16 and 17.

    L_D = mean(max(0, 1 - D(x))) + mean(max(0, 1 + D(G(z)))), L_G = -mean(D(G(z))).
    """

    score = CRITIC_VALUE

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """L_D; at least 0, and 2 when D says 0 everywhere. What is beyond the margin has no gradient."""
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """L_G."""
        return -fake.mean()


class Wasserstein:
    """Arjovsky, Chintala, Bottou, Wasserstein GAN, 2017.

    L_D = mean(D(G(z))) - mean(D(x)), L_G = -mean(D(G(z))). R1 adds constants, which changes no gradient.
    """

    score = CRITIC_VALUE

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """L_D; its negative estimates the distance, up to the critic's Lipschitz constant."""
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """L_G."""
        return -fake.mean()


class WassersteinDrift(Wasserstein):
    """Karras et al., Progressive Growing of GANs, 2018, A.1: adds 0.001 mean(D(x)^2), lest critic values drift away."""

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """L_D of the Wasserstein GAN and the drift term."""
        return super().discriminator_loss(real, fake) + DRIFT * real.square().mean()


OBJECTIVES: dict[str, Objective] = {
    "minimax": Minimax(),
    "non_saturating": NonSaturating(),
    "halved_non_saturating": HalvedNonSaturating(),
    "hinge": Hinge(),
    "wasserstein": Wasserstein(),
    "wasserstein_drift": WassersteinDrift(),
}
