"""StyleGAN: Karras, Laine, Aila, A Style-Based Generator Architecture for Generative Adversarial Networks, 2019.

Names and shapes of the tensors are those of the files that the code of Shen and Zhou 2021 (SeFa) reads.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.networks.convolutions.upsampling import upsampled_conv2d
from saddle.networks.progan.layers import LEAKY_SLOPE, NORM_EPS
from saddle.networks.styles.generator import Dense, ScaledConv, StyleGenerator

# From this resolution on, the original code upsamples and convolves in one operation, and that uses the kernels turned
# by 180 degrees. Trained weights expect it.
TURNED_FROM = 128
BLUR = (1.0, 2.0, 1.0)


class Noise(nn.Module):
    """Adds an image of constant noise to the feature maps, times a weight for each."""

    noise: Tensor

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.register_buffer("noise", torch.randn(1, 1, side, side))
        self.weight = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """(n, channels, side, side) -> the same shape."""
        return features + self.noise * self.weight[:, None, None]


class Blur(nn.Module):
    """A binomial filter of 3 x 3 pixels over each feature map."""

    kernel: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        taps = torch.tensor(BLUR) / sum(BLUR)
        self.register_buffer("kernel", torch.outer(taps, taps).expand(channels, 1, 3, 3).clone())

    def forward(self, features: Tensor) -> Tensor:
        """(n, channels, h, w) -> the same shape."""
        blurred: Tensor = F.conv2d(features, self.kernel, padding=1, groups=features.shape[1])
        return blurred


def instance_norm(features: Tensor) -> Tensor:
    """Bring each feature map (n, channels, h, w) to mean 0 and root mean square 1, up to an epsilon of 1e-8."""
    features = features - features.mean((2, 3), keepdim=True)
    return features * torch.rsqrt(features.square().mean((2, 3), keepdim=True) + NORM_EPS)


class StyledLayer(nn.Module):
    """What every layer ends with: noise, bias, leaky ReLU, instance norm, and the style's scale and shift."""

    def __init__(self, channels: int, side: int, w_dim: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.apply_noise = Noise(channels, side)
        self.style = Dense(w_dim, 2 * channels)

    def styled(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, channels, side, side) in the style of w (n, w_dim)."""
        features = self.apply_noise(features) + self.bias[:, None, None]
        features = instance_norm(F.leaky_relu(features, LEAKY_SLOPE))
        scale, shift = self.style(w)[..., None, None].chunk(2, dim=1)
        styled: Tensor = features * (scale + 1) + shift
        return styled


class ConstantLayer(StyledLayer):
    """The first layer: a learned constant of 4 x 4 pixels."""

    def __init__(self, channels: int, w_dim: int) -> None:
        super().__init__(channels, 4, w_dim)
        self.const = nn.Parameter(torch.ones(1, channels, 4, 4))

    def forward(self, w: Tensor) -> Tensor:
        """w (n, w_dim) -> (n, channels, 4, 4)."""
        return self.styled(self.const.expand(len(w), -1, -1, -1), w)


class ConvLayer(StyledLayer):
    """A 3 x 3 convolution; with `upsample`, features are enlarged by 2 before it and blurred after it.

    side: pixels a side of the result.
    """

    def __init__(self, in_channels: int, channels: int, side: int, w_dim: int, *, upsample: bool) -> None:
        super().__init__(channels, side, w_dim)
        self.weight = nn.Parameter(torch.randn(channels, in_channels, 3, 3))
        self.scale = math.sqrt(2 / (9 * in_channels))
        self.turned = side >= TURNED_FROM
        self.blur = Blur(channels) if upsample else None

    def forward(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, in_channels, h, w) and w (n, w_dim) -> (n, channels, side, side)."""
        weight = self.weight * self.scale
        if self.blur is None:
            features = F.conv2d(features, weight, padding=1)
        else:
            features = self.blur(upsampled_conv2d(features, weight.flip(2, 3) if self.turned else weight))
        return self.styled(features, w)


class ToImage(ScaledConv):
    """A 1 x 1 convolution from features to pixels, with neither noise nor style."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(in_channels, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(n, in_channels, h, w) -> (n, channels, h, w)."""
        return F.conv2d(features, self.weight * self.scale, self.bias)


class Synthesis(nn.Module):
    """Codes (n, layers, w_dim) -> images, at the full resolution.

    The outputs of lower resolutions were for the growth during training; the files have them, and nothing here uses
    them. The buffer `lod` says how far that had come: a state dict with another one than 0 is refused (`ValueError`).
    """

    lod: Tensor

    def __init__(self, widths: list[int], w_dim: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("lod", torch.zeros(()))
        self.layer0 = ConstantLayer(widths[0], w_dim)
        for block, width in enumerate(widths):
            side = 4 * 2**block
            if block > 0:
                before = widths[block - 1]
                self.add_module(f"layer{2 * block}", ConvLayer(before, width, side, w_dim, upsample=True))
            self.add_module(f"layer{2 * block + 1}", ConvLayer(width, width, side, w_dim, upsample=False))
            self.add_module(f"output{block}", ToImage(width, channels))
        self.blocks = len(widths)
        self.register_load_state_dict_post_hook(_check_lod)

    def forward(self, codes: Tensor) -> Tensor:
        """(n, 2 * blocks, w_dim) -> (n, channels, resolution, resolution)."""
        features = self.layer0(codes[:, 0])
        for layer in range(1, 2 * self.blocks):
            features = self.get_submodule(f"layer{layer}")(features, codes[:, layer])
        images: Tensor = self.get_submodule(f"output{self.blocks - 1}")(features)
        return images


def _check_lod(synthesis: nn.Module, incompatible_keys: object) -> None:
    assert isinstance(synthesis, Synthesis)
    if synthesis.lod != 0:
        raise ValueError(f"synthesis.lod is {float(synthesis.lod)}; allowed: 0, trained to the full resolution")


class StyleGANGenerator(StyleGenerator):
    """The generator of StyleGAN."""

    kind = "stylegan"
    weight_gain, output_gain = math.sqrt(2), 1.0
    make_synthesis = Synthesis
