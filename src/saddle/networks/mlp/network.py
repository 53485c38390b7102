"""Fully connected generators and discriminators: R1, R2, R3 and the original GAN of R4."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.core.network import Discriminator, Generator


def _hidden_layers(
    features: int,
    hidden: Sequence[int],
    activation: str,
    negative_slope: float,
    batch_norm: Mapping[str, Any] | None,
    dropout: float,
) -> nn.Sequential:
    """Linear, batch normalization (not on the first layer), activation, dropout; once for each width."""
    layers = nn.Sequential()
    for index, width in enumerate(hidden):
        layers.append(nn.Linear(features, width))
        if batch_norm is not None and index > 0:
            running = batch_norm["statistics"] == "running"
            layers.append(nn.BatchNorm1d(width, eps=batch_norm["eps"], track_running_stats=running))
        layers.append(nn.ReLU() if activation == "relu" else nn.LeakyReLU(negative_slope))
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        features = width
    return layers


class MLPGenerator(Generator):
    """A fully connected generator.

    latent_dim: length of a latent vector. sample_shape: shape of one sample, (2,) for points, (1, 28, 28)
    for MNIST. hidden: widths. activation: "relu" or "leaky_relu" with `negative_slope`. batch_norm: None, or
    {"eps", "statistics"} of batch normalization after every hidden layer but the first, as R3 has it. dropout: its
    probability after each hidden layer. tanh: bounds the output to [-1, 1], for images.

    Statistics "running" normalize a sample by the training's running averages. Statistics "batch" normalize it by the
    batch it is drawn in, as in training: the scatter of those statistics is part of the distribution that the
    discriminator was shown, and without it the samples are too narrow. `batch` is then the size of such a batch, the
    training's, and `companions` fill up a smaller one.
    """

    kind = "mlp_generator"

    def __init__(
        self,
        *,
        latent_dim: int,
        sample_shape: Sequence[int],
        hidden: Sequence[int],
        activation: str = "relu",
        negative_slope: float = 0.0,
        batch_norm: Mapping[str, Any] | None = None,
        dropout: float = 0.0,
        tanh: bool = False,
        batch: int | None = None,
    ) -> None:
        super().__init__(
            {
                "latent_dim": latent_dim,
                "sample_shape": list(sample_shape),
                "hidden": list(hidden),
                "activation": activation,
                "negative_slope": negative_slope,
                "batch_norm": batch_norm,
                "dropout": dropout,
                "tanh": tanh,
                "batch": batch,
            }
        )
        self.latent_dim = latent_dim
        self.sample_shape = tuple(sample_shape)
        self.layers = _hidden_layers(latent_dim, hidden, activation, negative_slope, batch_norm, dropout)
        self.layers.append(nn.Linear(hidden[-1], math.prod(sample_shape)))
        if tanh:
            self.layers.append(nn.Tanh())
        self.companions: Tensor | None
        shared = batch if batch_norm is not None and batch_norm["statistics"] == "batch" else None
        self.register_buffer("companions", None if shared is None else torch.randn(shared, latent_dim))

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, *sample_shape)."""
        samples: Tensor = self.layers(latents).unflatten(1, self.sample_shape)
        return samples

    def sample(self, latents: Tensor) -> Tensor:
        """Samples for `latents` in evaluation mode; with "batch" statistics, in batches of the training's size."""
        companions = self.companions
        if companions is None:
            return super().sample(latents)
        chunks = latents.split(len(companions))
        return torch.cat(
            [
                super(MLPGenerator, self).sample(torch.cat([chunk, companions[len(chunk) :]]))[: len(chunk)]
                for chunk in chunks
            ]
        )


class MLPDiscriminator(Discriminator):
    """A fully connected discriminator or critic; settings as in `MLPGenerator`. It ends in a logit."""

    kind = "mlp_discriminator"

    def __init__(
        self,
        *,
        sample_shape: Sequence[int],
        hidden: Sequence[int],
        activation: str = "leaky_relu",
        negative_slope: float = 0.0,
        batch_norm: Mapping[str, Any] | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            {
                "sample_shape": list(sample_shape),
                "hidden": list(hidden),
                "activation": activation,
                "negative_slope": negative_slope,
                "batch_norm": batch_norm,
                "dropout": dropout,
            }
        )
        self.layers = _hidden_layers(math.prod(sample_shape), hidden, activation, negative_slope, batch_norm, dropout)
        self.layers.append(nn.Linear(hidden[-1], 1))

    def forward(self, samples: Tensor) -> Tensor:
        """(n, *sample_shape) -> (n,)."""
        logits: Tensor = self.layers(samples.flatten(1))
        return logits.squeeze(1)

    @property
    def separable(self) -> bool:
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
