"""What every network here has in common."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from saddle.core.randomness import derived_seed
from saddle.errors import UserError


class Network(nn.Module):
    """A module that knows how it was made, so that a model file can be loaded by itself.

    `kind` is the package of `saddle.networks` that has it; `settings` are the JSON-able keyword arguments of its
    constructor, which raises `UserError` for those that params.yaml may have and the network cannot. All tensors of a
    network are in its state dict.
    """

    kind: ClassVar[str]
    settings: dict[str, Any]
    layers: nn.Sequential

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, inputs: Tensor) -> Tensor:
        """What `layers` make of `inputs`; a network that is more than a sequence of layers overrides this."""
        return self.layers(inputs)

    @property
    def normalizes(self) -> bool:
        """Whether it has batch normalization, so that a batch must have two samples to train on."""
        return any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in self.modules())

    def lay_channels_innermost(self) -> None:
        """Store the convolutions' weights with the channels innermost; a constructor's last act.

        No value changes. PyTorch lays out the feature maps that it computes with them in the same way, and on a CPU
        its convolutions, normalizations and poolings are then up to one and a half times as fast.
        """
        self.to(memory_format=torch.channels_last)

    @torch.no_grad()
    def evaluated(self, inputs: Tensor) -> Tensor:
        """The outputs for `inputs` in evaluation mode: none depends on the others beside it."""
        training = self.training
        self.eval()
        try:
            return self(inputs)
        finally:
            self.train(training)


class Generator(Network):
    """Maps latent vectors (n, latent_dim) to samples (n, *sample_shape).

    code_layers: how many layers have codes of their own; if several, `codes` gives (n, code_layers, code size).
    """

    latent_dim: int
    sample_shape: tuple[int, ...]
    code_layers = 1

    def first_layer(self) -> Tensor:
        """The matrix A^T (latent_dim, features) of the layer that meets the latent vector first, for SeFa; detached.

        Here the weight of the first module that has any. Raises `UserError` if that is no linear layer of the latent
        vector; a generator that begins otherwise overrides this.
        """
        layer = next((module for module in self.modules() if list(module.parameters(recurse=False))), None)
        if not isinstance(layer, nn.Linear) or layer.in_features != self.latent_dim:
            raise UserError(
                f"SeFa cannot factorize {type(self).__name__}: its first layer is a {type(layer).__name__}; "
                f"allowed: ProGAN, or a linear layer of the latent vector ({self.latent_dim} inputs)"
            )
        return layer.weight.detach().T

    def codes(self, latents: Tensor) -> Tensor:
        """What a traversal moves, for `latents` (n, latent_dim): what the first layer meets; here the latents."""
        return latents

    def style_weights(self, layers: Sequence[int]) -> Tensor:
        """The matrix (code size, features) that says how the codes of `layers` act, for SeFa; here `first_layer`."""
        return self.first_layer()

    def truncate(self, psi: float, layers: int) -> None:
        """From now on, draw the codes of the first `layers` layers nearer to their average, by the factor psi.

        Here nothing: only generators that know their average code can.
        """

    @property
    def resolution(self) -> int:
        """Pixels a side of what its images show now; here all that they have."""
        return self.sample_shape[-1]

    def visible(self, real: Tensor) -> Tensor:
        """Real samples with no more detail than this generator can draw now; here all of it."""
        return real

    def sample(self, latents: Tensor) -> Tensor:
        """Samples for `latents`, `evaluated`, in the units of the data."""
        return self.evaluated(latents)


class Discriminator(Network):
    """Maps samples (n, *sample_shape) to one logit (GAN) or critic value (WGAN) each, shape (n,).

    group: how many neighbours in a batch are judged together by more than batch normalization; 1: none are.
    """

    group: ClassVar[int] = 1

    @property
    def per_sample(self) -> bool:
        """Whether no sample's output depends on the others in its batch, so that batches may be put together."""
        return self.group == 1 and not self.normalizes

    def assess(self, samples: Tensor) -> Tensor:
        """Its outputs (n,), `evaluated`, for samples in the units of the data, as `Generator.sample` draws."""
        return self.evaluated(samples.to(next(self.parameters())))

    def input_gradient(self, samples: Tensor) -> Tensor:
        """The gradient of each sample's output with respect to that sample, shaped like `samples`.

        It has a graph to the parameters, so that a penalty on it can be trained. Here by differentiating twice;
        a network that knows a shorter way overrides it.
        """
        samples = samples.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self(samples).sum(), samples, create_graph=True)
        return gradient


@dataclass(frozen=True)
class Pair:
    """A generator and the discriminator that is made for it.

    growth: brings networks to what they are at a step, which must follow from the step alone, so that a run can go on;
    None where they stay as they are.
    """

    generator: Generator
    discriminator: Discriminator
    growth: Callable[[int, Iterable[Network]], None] | None = None


N = TypeVar("N", bound=Network)


def initialized(make: type[N], seed: int, purpose: str, **settings: Any) -> N:
    """Build a network whose initial weights come from `seed` alone; the global generator is left untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derived_seed(seed, purpose))
        return make(**settings)


def initialized_pair(
    networks: Mapping[str, Any], seed: int, generator: Mapping[str, Any], discriminator: Mapping[str, Any]
) -> Pair:
    """The two of a kind's `NETWORKS` with these settings, their initial weights drawn from `seed`."""
    return Pair(
        initialized(networks["generator"], seed, "generator weights", **generator),
        initialized(networks["discriminator"], seed, "discriminator weights", **discriminator),
    )
