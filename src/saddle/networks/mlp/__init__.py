"""Fully connected networks: R1, R2, R3 and the original GAN of R4."""

from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator
from saddle.networks.mlp.pair import build_pair

NETWORKS = {"generator": MLPGenerator, "discriminator": MLPDiscriminator}

__all__ = ["NETWORKS", "MLPDiscriminator", "MLPGenerator", "build_pair"]
