"""The generator of StyleGAN2 (Karras et al. 2020)."""

from saddle.networks.stylegan2.network import StyleGAN2Generator

NETWORKS = {"generator": StyleGAN2Generator}

__all__ = ["NETWORKS", "StyleGAN2Generator"]
