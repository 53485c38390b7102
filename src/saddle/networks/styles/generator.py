"""A generator whose every layer is given a style of its own."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.networks.styles.mapping import Dense, Mapping, Truncation

# Images of 8 to 1024 pixels a side.
MOST_RESOLUTIONS = 9
CHANNELS = (1, 3)


class StyleGenerator(Generator):
    """Latents -> w by the mapping network -> one copy of w for each layer -> images by the synthesis network.

    latent_dim, w_dim, mapping_width: sizes of the latents, of w, and of the mapping network's hidden layers, of which
    there are `mapping_layers` with the last. widths: the number of feature maps at 4 x 4, 8 x 8 and so on, so their
    number decides the resolution. channels: 1 or 3.

    Raises `UserError` for settings out of range.
    """

    synthesis: nn.Module

    def __init__(self, settings: dict[str, Any], *, weight_gain: float, output_gain: float) -> None:
        super().__init__(settings)
        widths, channels = settings["widths"], settings["channels"]
        if not 2 <= len(widths) <= MOST_RESOLUTIONS:
            raise UserError(f"{self.kind} has {len(widths)} widths; allowed: 2 to {MOST_RESOLUTIONS}")
        if channels not in CHANNELS:
            raise UserError(f"{self.kind}'s number of channels is {channels!r}; allowed: 1 or 3")
        sizes = {name: settings[name] for name in ("latent_dim", "w_dim", "mapping_width", "mapping_layers")}
        for name, size in {**sizes, "least width": min(widths)}.items():
            if size < 1:
                raise UserError(f"{self.kind}'s {name} is {size}; allowed: at least 1")
        self.latent_dim: int = settings["latent_dim"]
        self.w_dim: int = settings["w_dim"]
        side = 2 ** (len(widths) + 1)
        self.sample_shape = (channels, side, side)
        self.mapping = Mapping(
            self.latent_dim,
            settings["mapping_width"],
            self.w_dim,
            settings["mapping_layers"],
            weight_gain=weight_gain,
            output_gain=output_gain,
        )
        self.truncation = Truncation(self.w_dim)

    @property
    def code_dim(self) -> int:
        """As in `Generator`; here the size of w."""
        return self.w_dim

    @property
    def code_layers(self) -> int:
        """As in `Generator`; two for each resolution."""
        return 2 * len(self.settings["widths"])

    def truncate(self, psi: float, layers: int) -> None:
        """As in `Generator`; layers beyond those that there are count for nothing."""
        self.truncation.psi, self.truncation.layers = psi, layers

    @torch.no_grad()
    def codes(self, latents: Tensor) -> Tensor:
        """The styles, (n, code_layers, w_dim): w for every layer, after truncation."""
        w = self.mapping(latents.to(self.truncation.w_avg))
        truncated: Tensor = self.truncation(w[:, None].expand(-1, self.code_layers, -1))
        return truncated

    def forward(self, latents: Tensor) -> Tensor:
        """Latents (n, latent_dim), or codes (n, code_layers, w_dim) -> (n, channels, resolution, resolution)."""
        codes = self.codes(latents) if latents.ndim == 2 else latents
        images: Tensor = self.synthesis(codes)
        return images

    def first_layer(self) -> Tensor:
        """As in `Generator`; here that of all layers."""
        return self.style_weights(range(self.code_layers))

    def style_weights(self, layers: Sequence[int]) -> Tensor:
        """As in `Generator`: the layers' style weights side by side, each column divided by its norm.

        So the code of Shen and Zhou 2021 has it: each style counts alike.
        """
        weights = [self.style(layer).weight.detach().T for layer in layers]
        return nn.functional.normalize(torch.cat(weights, dim=1), dim=0)

    def style(self, layer: int) -> Dense:
        """The linear map from w to the style of layer 0 to code_layers - 1."""
        raise NotImplementedError
