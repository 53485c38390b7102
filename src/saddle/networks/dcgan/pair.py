"""A DCGAN's two networks."""

from saddle.config import ImageVariant
from saddle.core.network import Pair, initialized
from saddle.networks.dcgan.network import DCGANDiscriminator, DCGANGenerator


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here.

    Raises `UserError` for a size that R4's networks cannot have.
    """
    images = {"image_size": variant.img_size, "channels": variant.channels}
    return Pair(
        initialized(DCGANGenerator, seed, "generator weights", latent_dim=variant.latent_dim, **images),
        initialized(DCGANDiscriminator, seed, "discriminator weights", **images),
    )
