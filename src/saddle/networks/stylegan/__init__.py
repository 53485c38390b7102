"""StyleGAN: Karras, Laine, Aila, A Style-Based Generator Architecture for Generative Adversarial Networks, 2019.

Names and shapes of the tensors are those of the files that the code of Shen and Zhou 2021 (SeFa) reads.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.core.network import Generator
from saddle.networks.convolutions import upsampled_conv2d
from saddle.networks.progan.layers import LEAKY_SLOPE, NORM_EPS, EqualizedConv2d, pixel_norm

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

    def __init__(self, sizes: Sequence[int], weight_gain: float, output_gain: float) -> None:
        super().__init__()
        for index, (inputs, outputs) in enumerate(pairwise(sizes)):
            self.add_module(f"dense{index}", Dense(inputs, outputs, gain=weight_gain, rate=MAPPING_RATE))
        self.output_gain = output_gain

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, w_dim)."""
        w = pixel_norm(latents)
        for dense in self.children():
            w = F.leaky_relu(dense(w), LEAKY_SLOPE) * self.output_gain
        return w


class StyleGenerator(Generator):
    """Latents -> w by the mapping network -> one copy of w for each layer -> images by the synthesis network.

    latent_dim, w_dim, mapping_width: sizes of the latents, of w, and of the mapping network's hidden layers, of which
    there are `mapping_layers` with the last. widths: the number of feature maps at 4 x 4, 8 x 8 and so on, so their
    number decides the resolution. channels: 1 or 3. Images are raw: there is no tanh at the end, and trained weights
    give about [-1, 1].

    weight_gain, output_gain: of the mapping network. make_synthesis: makes the synthesis network of widths, w_dim and
    channels, which draws images of codes (n, code_layers, w_dim).
    """

    weight_gain: ClassVar[float]
    output_gain: ClassVar[float]
    make_synthesis: ClassVar[type[nn.Module]]

    def __init__(
        self,
        *,
        latent_dim: int,
        w_dim: int,
        mapping_width: int,
        mapping_layers: int,
        widths: list[int],
        channels: int,
    ) -> None:
        mapping = {"latent_dim": latent_dim, "w_dim": w_dim, "mapping_width": mapping_width}
        super().__init__({**mapping, "mapping_layers": mapping_layers, "widths": widths, "channels": channels})
        self.latent_dim = latent_dim
        side = 2 ** (len(widths) + 1)
        self.sample_shape = (channels, side, side)
        self.code_layers = 2 * len(widths)
        hidden = [mapping_width] * (mapping_layers - 1)
        self.mapping = Mapping([latent_dim, *hidden, w_dim], self.weight_gain, self.output_gain)
        # The file of a trained generator has the average of w; `truncate` says what it is for.
        self.truncation = nn.ParameterDict({"w_avg": torch.zeros(w_dim)})
        self.psi, self.truncated = 1.0, 0
        self.synthesis = self.make_synthesis(widths, w_dim, channels)

    def truncate(self, psi: float, layers: int) -> None:
        """From now on, w is w_avg + psi (w - w_avg) in the first `layers` layers.

        psi: 1 changes nothing, 0 gives the average. Layers beyond those that there are count for nothing.
        """
        self.psi, self.truncated = psi, layers

    @torch.no_grad()
    def codes(self, latents: Tensor) -> Tensor:
        """The styles, (n, code_layers, w_dim): w for every layer, after truncation."""
        average = self.truncation["w_avg"]
        codes = self.mapping(latents.to(average))[:, None].expand(-1, self.code_layers, -1)
        nearer = torch.lerp(average, codes[:, : self.truncated], self.psi)
        return torch.cat([nearer, codes[:, self.truncated :]], dim=1)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents (n, latent_dim), or codes (n, code_layers, w_dim) -> (n, channels, resolution, resolution)."""
        codes = self.codes(latents) if latents.ndim == 2 else latents
        return self.synthesis(codes)

    def first_layer(self) -> Tensor:
        """The style weights of all layers."""
        return self.style_weights(range(self.code_layers))

    def style_weights(self, layers: Sequence[int]) -> Tensor:
        """The layers' style weights side by side, each column divided by its norm.

        So the code of Shen and Zhou 2021 has it: each style counts alike.
        """
        names = [f"{self.styled(layer)}.style.weight" for layer in layers]
        weights = [self.synthesis.get_parameter(name).detach().T for name in names]
        return F.normalize(torch.cat(weights, dim=1), dim=0)

    def styled(self, layer: int) -> str:
        """What of the synthesis network has the style of layer 0 to code_layers - 1."""
        return f"layer{layer}"


# From this resolution on, the original code upsamples and convolves in one operation, and that uses the kernels turned
# by 180 degrees. Trained weights expect it.
TURNED_FROM = 128
BLUR = (1.0, 2.0, 1.0)


def instance_norm(features: Tensor) -> Tensor:
    """Bring each feature map (n, channels, h, w) to mean 0 and root mean square 1, up to an epsilon of 1e-8."""
    features = features - features.mean((2, 3), keepdim=True)
    return features * torch.rsqrt(features.square().mean((2, 3), keepdim=True) + NORM_EPS)


class StyledLayer(nn.Module):
    """What every layer ends with: noise, bias, leaky ReLU, instance norm, and the style's scale and shift."""

    def __init__(self, channels: int, side: int, w_dim: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        # Constant noise, and how much of it each feature map gets.
        self.apply_noise = nn.ParameterDict({"noise": torch.randn(1, 1, side, side), "weight": torch.zeros(channels)})
        self.style = Dense(w_dim, 2 * channels)

    def styled(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, channels, side, side) in the style of w (n, w_dim)."""
        noise = self.apply_noise["noise"] * self.apply_noise["weight"][:, None, None]
        features = features + noise + self.bias[:, None, None]
        features = instance_norm(F.leaky_relu(features, LEAKY_SLOPE))
        scale, shift = self.style(w)[..., None, None].chunk(2, dim=1)
        return features * (scale + 1) + shift


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
        taps = torch.tensor(BLUR) / sum(BLUR)
        kernel = torch.outer(taps, taps).expand(channels, 1, 3, 3)
        self.blur = nn.ParameterDict({"kernel": kernel.clone()}) if upsample else None

    def forward(self, features: Tensor, w: Tensor) -> Tensor:
        """Features (n, in_channels, h, w) and w (n, w_dim) -> (n, channels, side, side)."""
        weight = self.weight * self.scale
        if self.blur is None:
            features = F.conv2d(features, weight, padding=1)
        else:
            features = upsampled_conv2d(features, weight.flip(2, 3) if self.turned else weight)
            features = F.conv2d(features, self.blur["kernel"], padding=1, groups=features.shape[1])
        return self.styled(features, w)


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
        for block, (before, width) in enumerate(pairwise([widths[0], *widths])):
            side = 4 * 2**block
            if block > 0:
                self.add_module(f"layer{2 * block}", ConvLayer(before, width, side, w_dim, upsample=True))
            self.add_module(f"layer{2 * block + 1}", ConvLayer(width, width, side, w_dim, upsample=False))
            self.add_module(f"output{block}", EqualizedConv2d(width, channels, 1, 0, activation=False))
        self.blocks = len(widths)
        self.register_load_state_dict_post_hook(_check_lod)

    def forward(self, codes: Tensor) -> Tensor:
        """(n, 2 * blocks, w_dim) -> (n, channels, resolution, resolution)."""
        features = self.layer0(codes[:, 0])
        for layer in range(1, 2 * self.blocks):
            features = self.get_submodule(f"layer{layer}")(features, codes[:, layer])
        return self.get_submodule(f"output{self.blocks - 1}")(features)


def _check_lod(synthesis: nn.Module, incompatible_keys: object) -> None:
    assert isinstance(synthesis, Synthesis)
    if synthesis.lod != 0:
        raise ValueError(f"synthesis.lod is {float(synthesis.lod)}; allowed: 0, trained to the full resolution")


class StyleGANGenerator(StyleGenerator):
    """The generator of StyleGAN."""

    kind = "stylegan"
    weight_gain, output_gain = math.sqrt(2), 1.0
    make_synthesis = Synthesis


NETWORKS = {"generator": StyleGANGenerator}
