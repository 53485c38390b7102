"""A small convolutional generator and discriminator, which work at a quarter and at half of the size alone.

Most of the time of convolutions is spent where images are large. Here nothing but the first and the last layer meets
the full size, and these have one side of very few channels; digits need no 32 x 32 pixels either, at 28 x 28 an image
has a quarter less of them. What an image is as a whole is up to a fully connected layer, which costs little: without
one the discriminator is a sum of what its small windows see, and digits with a wrong stroke pass.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from saddle.config.images import ImageVariant
from saddle.config.networks import CompactPair
from saddle.core.network import Discriminator, Generator, Pair, initialized_pair
from saddle.errors import UserError, shown

SLOPE = 0.2
# Between images and the smallest feature maps, pixels a side are halved twice.
DIVISOR = 4
# Kernel, stride and padding that halve or double the pixels a side, with no kernel reaching unequally far.
RESIZING = (4, 2, 1)
# How far the modes lie from each other, beside latents of variance 1.
DISTANCE = 3.0


def with_mode(latents: Tensor, count: int) -> Tensor:
    """Of the first `count` of the latents (n, latent_dim) the largest becomes `DISTANCE` and the others 0.

    A normal latent vector becomes one of a mixture: digits are ten islands, and a generator of one continuous cloud of
    latents draws bridges between them, which are no digits (Gurumurthy et al., DeLiGAN, 2017, learn such a mixture).
    The classes are not told; what a mode becomes is found in training. Applied twice it does the same as once.
    """
    chosen = one_hot(latents[:, :count].argmax(1), count)
    return torch.cat([DISTANCE * chosen.to(latents.dtype), latents[:, count:]], 1)


def _check_size(image_size: int) -> None:
    if image_size % DIVISOR:
        raise UserError(f"image_size is {shown(image_size)}; a compact pair needs a multiple of {DIVISOR}")


class CompactGenerator(Generator):
    """Latents (n, latent_dim) -> images (n, channels, image_size, image_size) in [-1, 1].

    latent_dim: length of a latent vector. modes: how many of its numbers choose a mode (see `with_mode`), 0 or 2 to
    latent_dim. Linear to widths[0] features, linear to widths[1] maps of a quarter of the size, a transposed 4 x 4
    convolution with stride 2 to widths[2] maps, each with batch normalization and ReLU; another such convolution to the
    image, and tanh. image_size: a multiple of 4.
    """

    kind = "compact"

    def __init__(
        self, *, latent_dim: int, image_size: int, channels: int, widths: Sequence[int], modes: int = 0
    ) -> None:
        if modes == 1 or modes > latent_dim:
            raise UserError(f"Compact's modes is {shown(modes)}; allowed: 0, or 2 to latent_dim ({latent_dim})")
        _check_size(image_size)
        images = {"image_size": image_size, "channels": channels, "widths": list(widths)}
        super().__init__({"latent_dim": latent_dim, "modes": modes, **images})
        self.latent_dim = latent_dim
        self.sample_shape = (channels, image_size, image_size)
        quarter, (features, small, middle) = image_size // DIVISOR, widths
        self.modes = modes
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, features),
            nn.BatchNorm1d(features),
            nn.ReLU(),
            nn.Linear(features, small * quarter**2),
            nn.Unflatten(1, (small, quarter, quarter)),
            nn.BatchNorm2d(small),
            nn.ReLU(),
            nn.ConvTranspose2d(small, middle, *RESIZING),
            nn.BatchNorm2d(middle),
            nn.ReLU(),
            nn.ConvTranspose2d(middle, channels, *RESIZING),
            nn.Tanh(),
        )
        self.lay_channels_innermost()

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, channels, image_size, image_size)."""
        return self.layers(self.codes(latents))

    def codes(self, latents: Tensor) -> Tensor:
        """As in `Generator`: with the mode chosen. A code is drawn as the latents are that it was made of."""
        return with_mode(latents, self.modes) if self.modes else latents


class CompactDiscriminator(Discriminator):
    """Images (n, channels, image_size, image_size) -> logits (n,).

    Two 4 x 4 convolutions with stride 2, to widths[0] and widths[1] maps, and a linear layer to widths[2] features,
    each with LeakyReLU(0.2); another linear layer. No normalization, which the penalty on its gradients could not see
    through. Settings as in `CompactGenerator`.
    """

    kind = "compact"

    def __init__(self, *, image_size: int, channels: int, widths: Sequence[int]) -> None:
        _check_size(image_size)
        super().__init__({"image_size": image_size, "channels": channels, "widths": list(widths)})
        middle, small, features = widths
        self.layers = nn.Sequential(
            nn.Conv2d(channels, middle, *RESIZING),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(middle, small, *RESIZING),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            nn.Linear(small * (image_size // DIVISOR) ** 2, features),
            nn.LeakyReLU(SLOPE),
            nn.Linear(features, 1),
            nn.Flatten(0),
        )
        self.lay_channels_innermost()


NETWORKS = {"generator": CompactGenerator, "discriminator": CompactDiscriminator}


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here."""
    networks = variant.networks
    assert isinstance(networks, CompactPair)
    images = {"image_size": variant.img_size, "channels": variant.channels}
    generator = {"latent_dim": variant.latent_dim, "widths": networks.generator, "modes": networks.modes, **images}
    return initialized_pair(NETWORKS, seed, generator, {"widths": networks.discriminator, **images})
