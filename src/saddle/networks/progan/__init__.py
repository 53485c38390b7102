"""The progressive GAN (Karras et al. 2018), with the plan of its growth."""

from saddle.networks.progan.network import ProGANDiscriminator, ProGANGenerator
from saddle.networks.progan.pair import build_pair

NETWORKS = {"generator": ProGANGenerator, "discriminator": ProGANDiscriminator}

__all__ = ["NETWORKS", "ProGANDiscriminator", "ProGANGenerator", "build_pair"]
