"""The DCGAN of R4."""

from saddle.networks.dcgan.network import DCGANDiscriminator, DCGANGenerator
from saddle.networks.dcgan.pair import build_pair

NETWORKS = {"generator": DCGANGenerator, "discriminator": DCGANDiscriminator}

__all__ = ["NETWORKS", "DCGANDiscriminator", "DCGANGenerator", "build_pair"]
