"""Fully connected generators and discriminators: R1, R2, R3 and the original GAN of R4."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.config.images import ImageVariant
from saddle.config.networks import MLPPair, MLPSettings
from saddle.config.points import PointsRecipe
from saddle.config.sentences import checked
from saddle.core.network import Discriminator, Generator, Pair, initialized_pair
from saddle.core.network_settings import check_whole
from saddle.core.units import Units
from saddle.errors import UserError

# The activations by name, made with the negative slope that the layers have.
ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {"relu": lambda slope: nn.ReLU(), "leaky_relu": nn.LeakyReLU}
# A full batch has as many samples as there are.
MOST_REFERENCE = 2**31


def _checked(
    owner: str, sample_shape: Sequence[int], units: Mapping[str, Any] | None, *layers: Any
) -> tuple[MLPSettings, Units | None, dict[str, Any]]:
    """The hidden layers and the units of a network, and their part of its settings; without units it has none.

    layers: in the order of `MLPSettings`. Raises `UserError`, which begins with `owner`, if they cannot be such.
    """
    found = checked(MLPSettings, dict(zip(MLPSettings.model_fields, layers, strict=True)), owner)
    settings = {"sample_shape": list(sample_shape), **found.model_dump()}
    known = Units.of_settings(units)
    if known is None:
        return found, None, settings
    if tuple(sample_shape) != (len(known.offset),):
        raise UserError(f"units with {len(known.offset)} offsets do not fit samples of shape {tuple(sample_shape)}")
    return found, known, {**settings, "units": known.settings()}


def _hidden_layers(features: int, layers: MLPSettings) -> nn.Sequential:
    """Linear, batch normalization (not on the first layer), activation, dropout; once for each width."""
    built = nn.Sequential()
    norm = layers.batch_norm
    for index, width in enumerate(layers.hidden):
        built.append(nn.Linear(features, width))
        if norm is not None and index > 0:
            built.append(nn.BatchNorm1d(width, eps=norm.eps, track_running_stats=norm.statistics == "running"))
        built.append(ACTIVATIONS[layers.activation](layers.negative_slope))
        if layers.dropout > 0:
            built.append(nn.Dropout(layers.dropout))
        features = width
    return built


class MLPGenerator(Generator):
    """A fully connected generator.

    Batch normalization with statistics "running" normalizes a sample by the training's running averages. With "batch"
    it normalizes a sample by the batch it is drawn in, as in training: the scatter of those statistics is part of the
    distribution that the discriminator was shown, and without it the samples are too narrow. A sample is then drawn in
    a batch of `reference_size`, the training's batch size; a smaller batch is filled up from the reference batch,
    latents that are drawn once and kept with the weights (as in the virtual batch normalization of Salimans et al.,
    Improved Techniques for Training GANs, 2016).

    Args:
        latent_dim: Length of a latent vector.
        sample_shape: Shape of one sample, (2,) for points, (1, 28, 28) for MNIST.
        tanh: Whether the output is bounded to [-1, 1], for images.
        hidden: This and the following: the hidden layers, as `MLPSettings` has them.
        activation: What follows each.
        negative_slope: Of "leaky_relu".
        batch_norm: Batch normalization, or None.
        dropout: Share of features that training leaves out.
        reference_size: Samples in a batch that is drawn, as above.
        units: See `saddle.core.units`: the network's own output is what it sees, its samples are in those of the data.
    """

    kind = "mlp"

    def __init__(
        self,
        *,
        latent_dim: int,
        sample_shape: Sequence[int],
        tanh: bool = False,
        hidden: list[int],
        activation: str = "relu",
        negative_slope: float = 0.0,
        batch_norm: dict[str, Any] | None = None,
        dropout: float = 0.0,
        reference_size: int | None = None,
        units: dict[str, Any] | None = None,
    ) -> None:
        owner = type(self).__name__
        check_whole(owner, "latent_dim", latent_dim)
        layers, own_units, settings = _checked(
            owner, sample_shape, units, hidden, activation, negative_slope, batch_norm, dropout
        )
        by_batch = layers.batch_norm is not None and layers.batch_norm.statistics == "batch"
        if reference_size is not None or by_batch:
            # Batch normalization by the samples' own batch has no meaning for a single one.
            check_whole(owner, "reference_size", reference_size, least=2 if by_batch else 1, most=MOST_REFERENCE)
        super().__init__({"latent_dim": latent_dim, "tanh": tanh, "reference_size": reference_size, **settings})
        self.units = own_units
        self.latent_dim = latent_dim
        self.sample_shape = tuple(sample_shape)
        self.layers = _hidden_layers(latent_dim, layers)
        self.layers.append(nn.Linear(layers.hidden[-1], math.prod(sample_shape)))
        if tanh:
            self.layers.append(nn.Tanh())
        self.reference_batch: Tensor | None
        size = reference_size if by_batch else None
        self.register_buffer("reference_batch", None if size is None else torch.randn(size, latent_dim))

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, *sample_shape)."""
        samples: Tensor = self.layers(latents).unflatten(1, self.sample_shape)
        return samples

    def sample(self, latents: Tensor) -> Tensor:
        """As in `Generator`; with "batch" statistics, in batches of the reference size."""
        reference = self.reference_batch
        if reference is None:
            seen = super().sample(latents)
        else:
            seen = torch.cat(
                [
                    super(MLPGenerator, self).sample(torch.cat([chunk, reference[len(chunk) :]]))[: len(chunk)]
                    for chunk in latents.split(len(reference))
                ]
            )
        return seen if self.units is None else self.units.to_data(seen)


class MLPDiscriminator(Discriminator):
    """A fully connected discriminator or critic, which ends in a logit; its settings are those of `MLPGenerator`."""

    kind = "mlp"

    def __init__(
        self,
        *,
        sample_shape: Sequence[int],
        hidden: list[int],
        activation: str = "leaky_relu",
        negative_slope: float = 0.0,
        batch_norm: dict[str, Any] | None = None,
        dropout: float = 0.0,
        units: dict[str, Any] | None = None,
    ) -> None:
        layers, own_units, settings = _checked(
            type(self).__name__, sample_shape, units, hidden, activation, negative_slope, batch_norm, dropout
        )
        super().__init__(settings)
        self.units = own_units
        self.layers = _hidden_layers(math.prod(sample_shape), layers)
        self.layers.append(nn.Linear(layers.hidden[-1], 1))

    def forward(self, samples: Tensor) -> Tensor:
        """(n, *sample_shape) -> (n,)."""
        logits: Tensor = self.layers(samples.flatten(1))
        return logits.squeeze(1)

    def assess(self, samples: Tensor) -> Tensor:
        """As in `Discriminator`."""
        return super().assess(samples if self.units is None else self.units.to_networks(samples))

    def input_gradient(self, samples: Tensor) -> Tensor:
        """As in `Discriminator`; without batch normalization and dropout in the chain rule's own factors.

        Such a network is linear between its kinks: the gradient is the product of its weights and of the slopes that
        the sample meets, and the slopes have no derivative. Differentiating twice would not know that and would carry
        zeros back through all layers.
        """
        if any(not isinstance(layer, nn.Linear | nn.ReLU | nn.LeakyReLU) for layer in self.layers):
            return super().input_gradient(samples)
        *hidden, output = [layer for layer in self.layers if isinstance(layer, nn.Linear)]
        activations = [layer for layer in self.layers if not isinstance(layer, nn.Linear)]
        slopes = []
        with torch.no_grad():
            values = samples.flatten(1)
            for linear, activation in zip(hidden, activations, strict=True):
                values = linear(values)
                # 1 above zero, else the negative slope, which is below 1: the sign -1 or 0 is raised to it.
                slopes.append(values.sign().clamp_min_(getattr(activation, "negative_slope", 0.0)))
                values = activation(values)
        gradient: Tensor = output.weight
        for linear, slope in zip(reversed(hidden), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ linear.weight
        return gradient.reshape(samples.shape)


NETWORKS = {"generator": MLPGenerator, "discriminator": MLPDiscriminator}


def fully_connected_pair(
    layers: MLPPair | PointsRecipe, seed: int, sample_shape: Sequence[int], units: Units | None = None, **generator: Any
) -> Pair:
    """The two networks of `layers`, their weights drawn from `seed`; generator: what it has for itself."""
    shared = {"sample_shape": sample_shape, "units": None if units is None else units.settings()}
    return initialized_pair(
        NETWORKS,
        seed,
        {**shared, **generator, **layers.generator.model_dump()},
        {**shared, **layers.discriminator.model_dump()},
    )


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here."""
    assert isinstance(variant.networks, MLPPair)
    shape = (variant.channels, variant.img_size, variant.img_size)
    own: dict[str, Any] = {"latent_dim": variant.latent_dim, "tanh": True, "reference_size": variant.batch_size}
    return fully_connected_pair(variant.networks, seed, shape, **own)
