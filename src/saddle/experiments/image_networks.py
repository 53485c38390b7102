"""From the `networks` of an image variant to a generator and a discriminator."""

from saddle.config import ImageVariant, MLPPair
from saddle.models.dcgan import DCGANDiscriminator, DCGANGenerator
from saddle.models.mlp import MLPDiscriminator, MLPGenerator
from saddle.models.network import Discriminator, Generator, initialized


def build_networks(variant: ImageVariant, seed: int) -> tuple[Generator, Discriminator]:
    """The two networks of `variant`, their weights drawn from `seed`."""
    networks = variant.networks
    generator_seed, discriminator_seed = (seed, "generator weights"), (seed, "discriminator weights")
    if isinstance(networks, MLPPair):
        shape = (variant.channels, variant.img_size, variant.img_size)
        return (
            initialized(
                MLPGenerator,
                *generator_seed,
                latent_dim=variant.latent_dim,
                sample_shape=shape,
                tanh=True,
                **networks.generator.model_dump(),
            ),
            initialized(
                MLPDiscriminator, *discriminator_seed, sample_shape=shape, **networks.discriminator.model_dump()
            ),
        )
    size, channels = variant.img_size, variant.channels
    return (
        initialized(DCGANGenerator, *generator_seed, latent_dim=variant.latent_dim, image_size=size, channels=channels),
        initialized(DCGANDiscriminator, *discriminator_seed, image_size=size, channels=channels),
    )
