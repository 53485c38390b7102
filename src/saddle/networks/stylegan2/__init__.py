"""StyleGAN2: Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020; with skip connections.

Names and shapes of the tensors are those of the files that the code of Shen and Zhou 2021 (SeFa) reads.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.networks.progan.layers import LEAKY_SLOPE, NORM_EPS
from saddle.networks.stylegan import Dense, StyleGenerator

FILTER = (1.0, 3.0, 3.0, 1.0)


class Filter(nn.Module):
    """The low-pass filter of 4 x 4 pixels that goes with upsampling by 2; its taps sum to 4."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        taps = torch.tensor(FILTER) * (2 / sum(FILTER))
        self.register_buffer("kernel", torch.outer(taps, taps)[None, None])

    def forward(self, features: Tensor) -> Tensor:
        """(n, channels, h + 1, w + 1) -> (n, channels, h, w), filtered."""
        # With each map as an image of one channel instead, a CPU would copy it once for each of the 16 taps.
        maps = features.shape[1]
        return F.conv2d(features, self.kernel.expand(maps, -1, -1, -1), padding=1, groups=maps)

    def upsampled(self, images: Tensor) -> Tensor:
        """(n, channels, h, w) -> (n, channels, 2 h, 2 w): zeros between the pixels, then filtered."""
        maps = images.shape[1]
        kernel = self.kernel.flip(2, 3).expand(maps, -1, -1, -1)
        return F.conv_transpose2d(images, kernel, stride=2, padding=1, groups=maps)


class ModulatedConv(nn.Module):
    """The parameters of a convolution of N(0, 1) weights, which are multiplied by 1 / sqrt(fan_in) when used.

    They are multiplied by the sample's style too, for each input map. The style multiplies the features instead, which
    is the same and needs no copy of the weights for each sample.
    """

    def __init__(self, in_channels: int, channels: int, kernel: int, w_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, in_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.scale = 1 / math.sqrt(in_channels * kernel * kernel)
        self.style = Dense(w_dim, in_channels)


class StyledLayer(ModulatedConv):
    """A modulated 3 x 3 convolution, demodulated, with noise, bias and leaky ReLU.

    With `upsample`, it is a transposed convolution of stride 2 and a filter. side: pixels a side of the result.
    """

    noise: Tensor

    def __init__(self, in_channels: int, channels: int, side: int, w_dim: int, *, upsample: bool) -> None:
        super().__init__(in_channels, channels, 3, w_dim)
        self.register_buffer("noise", torch.randn(1, 1, side, side))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.filter = Filter() if upsample else None

    def forward(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, in_channels, h, w) and w (n, w_dim) -> (n, channels, side, side)."""
        weight, modulation = self.weight * self.scale, self.style(w) + 1
        features = features * modulation[:, :, None, None]
        if self.filter is None:
            features = F.conv2d(features, weight, padding=1)
        else:
            # A transposed convolution reads its kernel backwards, hence the flip.
            features = self.filter(F.conv_transpose2d(features, weight.transpose(0, 1).flip(2, 3), stride=2))
        # The norm of each output map's weights, as multiplied by the style (section 2.2, equation 3).
        power = modulation.square() @ weight.square().sum((2, 3)).T
        features = features * torch.rsqrt(power + NORM_EPS)[:, :, None, None]
        features = features + self.noise * self.noise_strength + self.bias[:, None, None]
        return F.leaky_relu(features, LEAKY_SLOPE) * math.sqrt(2)


class ToImage(ModulatedConv):
    """A modulated 1 x 1 convolution from features to pixels, not demodulated, with neither noise nor activation."""

    def forward(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, in_channels, h, w) and w (n, w_dim) -> (n, channels, h, w)."""
        modulation = self.style(w) + 1
        return F.conv2d(features * modulation[:, :, None, None], self.weight * self.scale, self.bias)


class Synthesis(nn.Module):
    """Codes (n, layers, w_dim) -> images: each resolution adds what its output draws to the image so far, upsampled.

    Codes k < layers - 1 are those of `layer` k. An output shares its code with the next resolution's first layer; only
    the last has one of its own.
    """

    def __init__(self, widths: list[int], w_dim: int, channels: int) -> None:
        super().__init__()
        # A learned constant of 4 x 4 pixels.
        self.early_layer = nn.ParameterDict({"const": torch.randn(1, widths[0], 4, 4)})
        for block, (before, width) in enumerate(pairwise([widths[0], *widths])):
            side = 4 * 2**block
            if block > 0:
                self.add_module(f"layer{2 * block - 1}", StyledLayer(before, width, side, w_dim, upsample=True))
            self.add_module(f"layer{2 * block}", StyledLayer(width, width, side, w_dim, upsample=False))
            self.add_module(f"output{block}", ToImage(width, channels, 1, w_dim))
        self.upsample = Filter()
        self.blocks = len(widths)

    def forward(self, codes: Tensor) -> Tensor:
        """(n, 2 * blocks, w_dim) -> (n, channels, resolution, resolution)."""
        features = self.early_layer["const"].expand(len(codes), -1, -1, -1)
        features = self.get_submodule("layer0")(features, codes[:, 0])
        images: Tensor = self.get_submodule("output0")(features, codes[:, 1])
        for block in range(1, self.blocks):
            for layer in (2 * block - 1, 2 * block):
                features = self.get_submodule(f"layer{layer}")(features, codes[:, layer])
            drawn = self.get_submodule(f"output{block}")(features, codes[:, 2 * block + 1])
            images = drawn + self.upsample.upsampled(images)
        return images


class StyleGAN2Generator(StyleGenerator):
    """The generator of StyleGAN2."""

    kind = "stylegan2"
    weight_gain, output_gain = 1.0, math.sqrt(2)
    make_synthesis = Synthesis

    def styled(self, layer: int) -> str:
        """What has the style of a layer; that of the last one is the last output's."""
        return super().styled(layer) if layer < self.code_layers - 1 else f"output{layer // 2}"


NETWORKS = {"generator": StyleGAN2Generator}
