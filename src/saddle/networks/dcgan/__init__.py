"""The DCGAN of R4: a convolutional generator and discriminator for small square images."""

from torch import nn

from saddle.config.images import ImageVariant
from saddle.core.network import Discriminator, Generator, Pair, initialized_pair
from saddle.errors import UserError, shown
from saddle.networks.convolutions import NarrowConv2d, UpsampledConv2d

# Radford et al., Unsupervised Representation Learning with Deep Convolutional GANs, 2015; R4.
WEIGHT_STD = 0.02
NORM_EPS = 0.8
SLOPE = 0.2
DISCRIMINATOR_WIDTHS = (16, 32, 64, 128)
DROPOUT = 0.25


def initialize(module: nn.Module) -> None:
    """R4's code: convolution weights from N(0, 0.02), batch-norm scales from N(1, 0.02), batch-norm shifts 0.

    Biases and linear layers keep PyTorch's own initialization, as in that code. The report's text has all parameters
    drawn from N(0, 0.02); code and text disagree, and the code is followed.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, WEIGHT_STD)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, WEIGHT_STD)
        nn.init.zeros_(module.bias)


def _check_size(image_size: int, divisor: int) -> None:
    if image_size % divisor:
        raise UserError(
            f"image_size is {shown(image_size)}; a DCGAN needs a positive multiple of {divisor}, up to 1024"
        )


class DCGANGenerator(Generator):
    """Latents (n, latent_dim) -> images (n, channels, image_size, image_size) in [-1, 1].

    Linear to 128 maps of a quarter of the size, batch normalization, then twice: upsample x2, 3 x 3 convolution to
    128 and to 64 maps, batch normalization (eps 0.8), LeakyReLU(0.2); a last 3 x 3 convolution and tanh. image_size
    is a multiple of 4 (R4: 32).
    """

    kind = "dcgan"

    def __init__(self, *, latent_dim: int, image_size: int, channels: int) -> None:
        _check_size(image_size, 4)
        super().__init__({"latent_dim": latent_dim, "image_size": image_size, "channels": channels})
        self.latent_dim = latent_dim
        self.sample_shape = (channels, image_size, image_size)
        quarter = image_size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 128 * quarter**2),
            nn.Unflatten(1, (128, quarter, quarter)),
            nn.BatchNorm2d(128),
            UpsampledConv2d(128, 128, 3, padding=1),
            nn.BatchNorm2d(128, eps=NORM_EPS),
            nn.LeakyReLU(SLOPE),
            UpsampledConv2d(128, 64, 3, padding=1),
            nn.BatchNorm2d(64, eps=NORM_EPS),
            nn.LeakyReLU(SLOPE),
            NarrowConv2d(64, channels, 3, padding=1),
            nn.Tanh(),
        )
        self.apply(initialize)


class DCGANDiscriminator(Discriminator):
    """Images (n, channels, image_size, image_size) -> logits (n,).

    Four blocks of 3 x 3 convolution with stride 2 to 16, 32, 64 and 128 maps, LeakyReLU(0.2), Dropout2d(0.25) and,
    except in the first, batch normalization (eps 0.8); then a linear layer. image_size is a multiple of 16.
    """

    kind = "dcgan"

    def __init__(self, *, image_size: int, channels: int) -> None:
        _check_size(image_size, 16)
        super().__init__({"image_size": image_size, "channels": channels})
        layers: list[nn.Module] = []
        width_in = channels
        for block, width in enumerate(DISCRIMINATOR_WIDTHS):
            layers += [nn.Conv2d(width_in, width, 3, stride=2, padding=1), nn.LeakyReLU(SLOPE), nn.Dropout2d(DROPOUT)]
            if block > 0:
                layers.append(nn.BatchNorm2d(width, eps=NORM_EPS))
            width_in = width
        self.layers = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(width_in * (image_size // 16) ** 2, 1), nn.Flatten(0)
        )
        self.apply(initialize)
        self.lay_channels_innermost()


NETWORKS = {"generator": DCGANGenerator, "discriminator": DCGANDiscriminator}


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here."""
    images = {"image_size": variant.img_size, "channels": variant.channels}
    return initialized_pair(NETWORKS, seed, {"latent_dim": variant.latent_dim, **images}, images)
