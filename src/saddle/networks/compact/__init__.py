"""A small convolutional pair that learns digits in minutes without a GPU."""

from saddle.networks.compact.network import CompactDiscriminator, CompactGenerator
from saddle.networks.compact.pair import build_pair

NETWORKS = {"generator": CompactGenerator, "discriminator": CompactDiscriminator}

__all__ = ["NETWORKS", "CompactDiscriminator", "CompactGenerator", "build_pair"]
