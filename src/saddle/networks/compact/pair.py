"""A compact pair's two networks."""

from saddle.config import CompactPair, ImageVariant
from saddle.core.network import Pair, initialized
from saddle.networks.compact.network import CompactDiscriminator, CompactGenerator


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`; the other two arguments decide nothing here.

    Raises `UserError` for a size that these networks cannot have.
    """
    networks = variant.networks
    assert isinstance(networks, CompactPair)
    images = {"image_size": variant.img_size, "channels": variant.channels}
    generator = initialized(
        CompactGenerator,
        seed,
        "generator weights",
        latent_dim=variant.latent_dim,
        widths=networks.generator,
        modes=networks.modes,
        **images,
    )
    discriminator = initialized(
        CompactDiscriminator, seed, "discriminator weights", widths=networks.discriminator, **images
    )
    return Pair(generator, discriminator)
