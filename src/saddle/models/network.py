"""What every network here has in common."""

from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from saddle.randomness import derived_seed


class Network(nn.Module):
    """A module that knows how it was made, so that a model file can be loaded by itself.

    `kind` names the class in model files; `settings` are the JSON-able keyword arguments of its constructor.
    """

    kind: ClassVar[str]
    settings: dict[str, Any]

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.settings = settings

    def lay_channels_innermost(self) -> None:
        """Store the convolutions' weights with the channels innermost; a constructor's last act.

        No value changes. PyTorch then lays out the maps that it computes with them in the same way, and on a CPU its
        convolutions, normalizations and poolings all are faster for it, up to one and a half times.
        """
        self.to(memory_format=torch.channels_last)


class Generator(Network):
    """Maps latent vectors (n, latent_dim) to samples (n, *sample_shape)."""

    latent_dim: int
    sample_shape: tuple[int, ...]

    @torch.no_grad()
    def sample(self, latents: Tensor) -> Tensor:
        """Samples for `latents` in evaluation mode: one sample does not depend on the others beside it."""
        training = self.training
        self.eval()
        try:
            return self(latents)  # type: ignore[no-any-return]
        finally:
            self.train(training)


class Discriminator(Network):
    """Maps samples (n, *sample_shape) to one logit (GAN) or critic value (WGAN) each, shape (n,)."""

    @property
    def separable(self) -> bool:
        """Whether no sample's output depends on the others in its batch, so that batches may be put together."""
        return False

    def input_gradient(self, samples: Tensor) -> Tensor:
        """The gradient of each sample's output with respect to that sample, shaped like `samples`.

        It has a graph to the parameters, so that a penalty on it can be trained. Here by differentiating twice;
        a network that knows a shorter way overrides it.
        """
        samples = samples.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self(samples).sum(), samples, create_graph=True)
        return gradient


N = TypeVar("N", bound=Network)


def initialized(make: type[N], seed: int, purpose: str, **settings: Any) -> N:
    """Build a network whose initial weights come from `seed` alone; the global generator is left untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derived_seed(seed, purpose))
        return make(**settings)
