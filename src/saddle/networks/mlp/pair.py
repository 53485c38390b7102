"""A fully connected pair for images."""

from saddle.config import ImageVariant, MLPPair
from saddle.core.network import Pair, initialized
from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator


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
