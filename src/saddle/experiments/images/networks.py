"""From the `networks` of an image variant to a generator and a discriminator."""

from typing import Any

from saddle.config import ImageVariant, MLPPair, ProGANPair
from saddle.core.network import Discriminator, Generator, initialized
from saddle.networks.dcgan.network import DCGANDiscriminator, DCGANGenerator
from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator
from saddle.networks.progan.network import ProGANDiscriminator, ProGANGenerator


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
                batch=variant.batch_size,
                **networks.generator.model_dump(),
            ),
            initialized(
                MLPDiscriminator, *discriminator_seed, sample_shape=shape, **networks.discriminator.model_dump()
            ),
        )
    size, channels = variant.img_size, variant.channels
    if isinstance(networks, ProGANPair):
        common: dict[str, Any] = {
            "resolution": size,
            "channels": channels,
            "fmaps_base": networks.fmaps_base,
            "fmaps_max": networks.fmaps_max,
        }
        return (
            initialized(ProGANGenerator, *generator_seed, latent_dim=variant.latent_dim, **common),
            initialized(ProGANDiscriminator, *discriminator_seed, **common),
        )
    return (
        initialized(DCGANGenerator, *generator_seed, latent_dim=variant.latent_dim, image_size=size, channels=channels),
        initialized(DCGANDiscriminator, *discriminator_seed, image_size=size, channels=channels),
    )
