"""Latents of which some choose one of several modes, so that a generator need not join what is apart."""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

# How far the modes lie from each other, beside latents of variance 1.
DISTANCE = 3.0


class Modes(nn.Module):
    """Of the first `count` latents the largest becomes `DISTANCE` and the others 0; what follows them stays.

    A normal latent vector becomes one of a mixture: digits are ten islands, and a generator of one continuous cloud of
    latents draws bridges between them, which are no digits (Gurumurthy et al., DeLiGAN, 2017, learn such a mixture).
    The classes are not told; what a mode becomes is found in training. Applied twice it does the same as once.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, latent_dim)."""
        chosen = one_hot(latents[:, : self.count].argmax(1), self.count)
        return torch.cat([DISTANCE * chosen.to(latents.dtype), latents[:, self.count :]], 1)
