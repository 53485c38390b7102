"""A progressively growing pair."""

from typing import Any

from saddle.config import ImageVariant, ProGANPair
from saddle.core.network import Pair, initialized
from saddle.errors import UserError
from saddle.networks.progan.growth import GrowthPlan
from saddle.networks.progan.network import ProGANDiscriminator, ProGANGenerator


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`, and the plan by which they grow over `steps`.

    name: the variant's, for errors. Raises `UserError` unless the settings have a phase for each resolution, and for
    settings that the networks cannot have.
    """
    networks = variant.networks
    assert isinstance(networks, ProGANPair)
    common: dict[str, Any] = {
        "resolution": variant.img_size,
        "channels": variant.channels,
        "fmaps_base": networks.fmaps_base,
        "fmaps_max": networks.fmaps_max,
    }
    generator = initialized(ProGANGenerator, seed, "generator weights", latent_dim=variant.latent_dim, **common)
    discriminator = initialized(ProGANDiscriminator, seed, "discriminator weights", **common)
    levels = generator.max_lod + 1
    if len(networks.stabilize) != levels:
        raise UserError(
            f"mnist.variants.{name}.networks.stabilize has {len(networks.stabilize)} entries; its img_size asks for "
            f"{levels}, one for each resolution from 4 up"
        )
    return Pair(generator, discriminator, GrowthPlan(steps, tuple(networks.stabilize), tuple(networks.fade)))
