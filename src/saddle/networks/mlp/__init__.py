"""Fully connected generators and discriminators: R1, R2, R3 and the original GAN of R4."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.config import ImageVariant, MLPPair, MLPSettings, checked
from saddle.core.network import Discriminator, Generator, Pair, initialized
from saddle.core.network_settings import check_flag, check_sample_shape, check_whole
from saddle.core.units import Units, UnitsSettings
from saddle.errors import UserError

# The activations by name, made with the negative slope that the layers have.
ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {"relu": lambda slope: nn.ReLU(), "leaky_relu": nn.LeakyReLU}
# A full batch has as many samples as there are.
MOST_REFERENCE = 2**31


def _layers(
    owner: str,
    hidden: list[int],
    activation: str,
    negative_slope: float,
    batch_norm: dict[str, Any] | None,
    dropout: float,
) -> MLPSettings:
    """The settings of hidden layers. Raises `UserError`, which begins with `owner`, if they cannot be such."""
    given = {
        "hidden": hidden,
        "activation": activation,
        "negative_slope": negative_slope,
        "batch_norm": batch_norm,
        "dropout": dropout,
    }
    return checked(MLPSettings, given, owner)


def _units(settings: UnitsSettings | None, sample_shape: Sequence[int]) -> Units | None:
    units = Units.of_settings(settings)
    if units is not None and tuple(sample_shape) != (len(units.offset),):
        raise UserError(f"units with {len(units.offset)} offsets do not fit samples of shape {tuple(sample_shape)}")
    return units


def _with_units(settings: dict[str, Any], units: Units | None) -> dict[str, Any]:
    """`settings` of a network that has these units; without any they are not mentioned."""
    return settings if units is None else {**settings, "units": units.settings()}


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

    Raises:
        UserError: If a setting is mistyped or out of range.
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
        units: UnitsSettings | None = None,
    ) -> None:
        owner = type(self).__name__
        check_whole(owner, "latent_dim", latent_dim)
        check_sample_shape(owner, sample_shape)
        check_flag(owner, "tanh", tanh)
        layers = _layers(owner, hidden, activation, negative_slope, batch_norm, dropout)
        by_batch = layers.batch_norm is not None and layers.batch_norm.statistics == "batch"
        if reference_size is not None or by_batch:
            # Batch normalization by the samples' own batch has no meaning for a single one.
            check_whole(owner, "reference_size", reference_size, least=2 if by_batch else 1, most=MOST_REFERENCE)
        own_units = _units(units, sample_shape)
        settings = {
            "latent_dim": latent_dim,
            "sample_shape": list(sample_shape),
            "tanh": tanh,
            "reference_size": reference_size,
            **layers.model_dump(),
        }
        super().__init__(_with_units(settings, own_units))
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
    """A fully connected discriminator or critic, which ends in a logit; its settings are those of `MLPGenerator`.

    Raises:
        UserError: If a setting is mistyped or out of range.
    """

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
        units: UnitsSettings | None = None,
    ) -> None:
        owner = type(self).__name__
        check_sample_shape(owner, sample_shape)
        layers = _layers(owner, hidden, activation, negative_slope, batch_norm, dropout)
        own_units = _units(units, sample_shape)
        super().__init__(_with_units({"sample_shape": list(sample_shape), **layers.model_dump()}, own_units))
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

    @property
    def per_sample(self) -> bool:
        """As in `Discriminator`: true without batch normalization."""
        return not any(isinstance(layer, nn.BatchNorm1d) for layer in self.layers)

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


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here."""
    networks = variant.networks
    assert isinstance(networks, MLPPair)
    shape = (variant.channels, variant.img_size, variant.img_size)
    generator = initialized(
        MLPGenerator,
        seed,
        "generator weights",
        latent_dim=variant.latent_dim,
        sample_shape=shape,
        tanh=True,
        reference_size=variant.batch_size,
        **networks.generator.model_dump(),
    )
    discriminator = initialized(
        MLPDiscriminator, seed, "discriminator weights", sample_shape=shape, **networks.discriminator.model_dump()
    )
    return Pair(generator, discriminator)
