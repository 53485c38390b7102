"""Fully connected generators and discriminators: R1, R2, R3 and the original GAN of R4."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.config.images import ImageVariant
from saddle.config.networks import MLPPair, MLPSettings
from saddle.config.points import PointsRecipe
from saddle.config.sentences import checked
from saddle.core.network import Discriminator, Generator, Pair, initialized_pair
from saddle.core.units import Units

# The activations by name, made with the negative slope that the layers have.
ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {"relu": lambda slope: nn.ReLU(), "leaky_relu": nn.LeakyReLU}
# The hidden layers' settings, but for their widths.
PLAIN = {"activation": "relu", "negative_slope": 0.0, "batch_norm": None, "dropout": 0.0}


def _settings(sample_shape: Sequence[int], units: dict[str, Any] | None, hidden: MLPSettings) -> dict[str, Any]:
    """What the settings of both networks have; without units there are none."""
    return {"sample_shape": list(sample_shape), **hidden.model_dump(), **({"units": units} if units else {})}


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
        reference_size: Samples in a batch that is drawn, as above.
        units: See `saddle.core.units`: the network's own output is what it sees, its samples are in those of the data.
        layers: The hidden layers, as `MLPSettings` has them; without more than their widths, ReLU follows each.
    """

    kind = "mlp"

    def __init__(
        self,
        *,
        latent_dim: int,
        sample_shape: Sequence[int],
        tanh: bool = False,
        reference_size: int | None = None,
        units: dict[str, Any] | None = None,
        **layers: Any,
    ) -> None:
        inner = checked(MLPSettings, {**PLAIN, **layers}, type(self).__name__)
        own = {"latent_dim": latent_dim, "tanh": tanh, "reference_size": reference_size}
        super().__init__({**own, **_settings(sample_shape, units, inner)})
        self.units = None if units is None else Units(**units)
        self.latent_dim = latent_dim
        self.sample_shape = tuple(sample_shape)
        self.layers = _hidden_layers(latent_dim, inner)
        self.layers.append(nn.Linear(inner.hidden[-1], math.prod(sample_shape)))
        if tanh:
            self.layers.append(nn.Tanh())
        self.reference_batch: Tensor | None
        by_batch = inner.batch_norm is not None and inner.batch_norm.statistics == "batch"
        size = reference_size if by_batch else None
        self.register_buffer("reference_batch", None if size is None else torch.randn(size, latent_dim))

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, *sample_shape)."""
        return self.layers(latents).unflatten(1, self.sample_shape)

    def sample(self, latents: Tensor) -> Tensor:
        """As in `Generator`; with "batch" statistics, in batches of the reference size."""
        reference, drawn = self.reference_batch, super().sample
        if reference is None:
            seen = drawn(latents)
        else:
            parts = latents.split(len(reference))
            seen = torch.cat([drawn(torch.cat([part, reference[len(part) :]]))[: len(part)] for part in parts])
        return seen if self.units is None else self.units.to_data(seen)


class MLPDiscriminator(Discriminator):
    """A fully connected discriminator or critic, which ends in a logit; its settings are those of `MLPGenerator`."""

    kind = "mlp"

    def __init__(self, *, sample_shape: Sequence[int], units: dict[str, Any] | None = None, **layers: Any) -> None:
        inner = checked(MLPSettings, {**PLAIN, **layers}, type(self).__name__)
        super().__init__(_settings(sample_shape, units, inner))
        self.units = None if units is None else Units(**units)
        self.layers = _hidden_layers(math.prod(sample_shape), inner)
        self.layers.append(nn.Linear(inner.hidden[-1], 1))

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
    generator |= layers.generator.model_dump()
    return initialized_pair(NETWORKS, seed, {**shared, **generator}, {**shared, **layers.discriminator.model_dump()})


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here."""
    assert isinstance(variant.networks, MLPPair)
    shape = (variant.channels, variant.img_size, variant.img_size)
    own: dict[str, Any] = {"latent_dim": variant.latent_dim, "tanh": True, "reference_size": variant.batch_size}
    return fully_connected_pair(variant.networks, seed, shape, **own)
