"""From latent vectors to styles: fully connected layers, the mapping network and truncation.

Karras, Laine, Aila, A Style-Based Generator Architecture for Generative Adversarial Networks, 2019: section 2 has the
mapping network, appendix B truncation.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.networks.progan.layers import LEAKY_SLOPE, pixel_norm

# The mapping network learns a hundred times more slowly than the rest (appendix C); its weights are kept larger by that
# factor, and multiplied by this when they are used.
MAPPING_RATE = 0.01


class Dense(nn.Module):
    """A linear layer of N(0, 1 / rate^2) weights that are multiplied by gain * rate / sqrt(inputs) when used.

    The bias is multiplied by `rate` too.
    """

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain * rate / math.sqrt(inputs)
        self.rate = rate

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, inputs) -> (n, outputs)."""
        return F.linear(inputs, self.weight * self.scale, self.bias * self.rate)


class Mapping(nn.Module):
    """Latents (n, latent_dim) -> w (n, w_dim): pixel norm, then layers `dense0`, `dense1` ... with leaky ReLU.

    weight_gain, output_gain: StyleGAN has the gain of sqrt(2) before the bias is added, StyleGAN2 after the activation.
    """

    def __init__(
        self, latent_dim: int, hidden: int, w_dim: int, layers: int, *, weight_gain: float, output_gain: float
    ) -> None:
        super().__init__()
        sizes = [latent_dim, *[hidden] * (layers - 1), w_dim]
        for index in range(layers):
            dense = Dense(sizes[index], sizes[index + 1], gain=weight_gain, rate=MAPPING_RATE)
            self.add_module(f"dense{index}", dense)
        self.output_gain = output_gain

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, w_dim)."""
        w = pixel_norm(latents)
        for dense in self.children():
            w = F.leaky_relu(dense(w), LEAKY_SLOPE) * self.output_gain
        return w


class Truncation(nn.Module):
    """Brings w nearer to its average: w_avg + psi (w - w_avg), in the first `layers` layers.

    psi: 1 changes nothing, 0 gives the average. The file of a trained generator has `w_avg`; psi and layers are chosen
    by whoever draws.
    """

    w_avg: Tensor

    def __init__(self, w_dim: int) -> None:
        super().__init__()
        self.register_buffer("w_avg", torch.zeros(w_dim))
        self.psi, self.layers = 1.0, 0

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (n, layers, w_dim) -> the same shape."""
        nearer = torch.lerp(self.w_avg, codes[:, : self.layers], self.psi)
        return torch.cat([nearer, codes[:, self.layers :]], dim=1)
