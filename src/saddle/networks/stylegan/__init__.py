"""The generator of StyleGAN (Karras, Laine, Aila 2019)."""

from saddle.networks.stylegan.network import StyleGANGenerator

NETWORKS = {"generator": StyleGANGenerator}

__all__ = ["NETWORKS", "StyleGANGenerator"]
