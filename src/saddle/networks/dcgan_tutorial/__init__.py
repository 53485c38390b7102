"""The generator of PyTorch's DCGAN tutorial, which many published checkpoints have."""

from saddle.networks.dcgan_tutorial.network import DCGANTutorialGenerator

NETWORKS = {"generator": DCGANTutorialGenerator}

__all__ = ["NETWORKS", "DCGANTutorialGenerator"]
