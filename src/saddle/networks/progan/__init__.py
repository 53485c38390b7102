"""The progressive GAN of Karras et al., Progressive Growing of GANs, 2018; R3 factorizes one.

Both networks have a level of detail, `lod`: 0 is the full resolution, k stands for the resolution halved k
times, log2(resolution) - 2 for the initial 4 x 4, and a fraction blends the two resolutions beside it.
Training lowers it from the highest to 0. Images have the full height and width at every level, so neither the
data nor the loop that trains has to know about growing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from saddle.config.images import ImageVariant
from saddle.config.networks import ProGANPair
from saddle.core.network import Discriminator, Generator, Network, Pair, initialized_pair
from saddle.errors import UserError, shown
from saddle.networks.progan.layers import (
    STDDEV_GROUP,
    EqualizedConv2d,
    LatentConv2d,
    NormalizedConv2d,
    UpsamplingConv2d,
    downsampled,
    minibatch_stddev,
    pixel_norm,
    reduced_detail,
    split_lod,
    upsampled,
)

RESOLUTIONS = tuple(2**power for power in range(3, 11))


class GrowingNetwork(Network):
    """A network with a level of detail, and the settings that both networks share.

    resolution: 8 to 1024, a power of two. channels: 1 or 3. fmaps_base, fmaps_max: the features at resolution
    r are min(fmaps_base // r, fmaps_max).

    The buffer `lod` is what a state dict holds; `level` is the same number in Python, so that a forward pass
    on a GPU need not wait to read it. `set_lod` and loading a state dict keep the two in step; write to
    neither of them directly.
    """

    lod: Tensor
    level: float
    sample_shape: tuple[int, ...]

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(settings)
        resolution, base, most = (settings[name] for name in ("resolution", "fmaps_base", "fmaps_max"))
        if resolution not in RESOLUTIONS:
            raise UserError(f"ProGAN's resolution is {shown(resolution)}; allowed: powers of two from 8 to 1024")
        # At the finest resolution there is at least one feature.
        if base < resolution:
            raise UserError(f"ProGAN's fmaps_base is {shown(base)}; allowed: {resolution} (img_size) or more")
        self.sample_shape = (settings["channels"], resolution, resolution)
        self.widths = [min(base // side, most) for side in (4, *RESOLUTIONS) if side <= resolution]
        self.register_buffer("lod", torch.zeros(()))
        self.level = 0.0
        self.register_load_state_dict_post_hook(_take_over_lod)

    @property
    def max_lod(self) -> int:
        """The level of detail at which images are 4 x 4 pixels, enlarged."""
        return len(self.widths) - 1

    def set_lod(self, lod: float) -> None:
        """Set the level of detail, 0 to `max_lod`; `ValueError` if it is outside. Waits for no device."""
        if not 0 <= lod <= self.max_lod:
            raise ValueError(f"lod is {lod}; allowed: 0 to {self.max_lod}")
        # Rounded as the buffer rounds it: a run restored from a state dict must compute the very same blend.
        self.level = torch.tensor(lod, dtype=torch.float32, device="cpu").item()
        self.lod.fill_(self.level)


def _take_over_lod(network: nn.Module, incompatible_keys: object) -> None:
    assert isinstance(network, GrowingNetwork)
    network.set_lod(float(network.lod))


class ProGANGenerator(GrowingNetwork, Generator):
    """The generator, with the names and shapes of the public `pggan_celebahq1024` checkpoint.

    latent_dim: any, 512 in the paper; the other settings as in `GrowingNetwork`. Images are raw: there is no
    tanh at the end, and trained weights give about [-1, 1]. An `output` layer takes part only while `lod`
    needs it, so at level 0 all but the last get no gradient.
    """

    kind = "progan"

    def __init__(
        self, *, latent_dim: int, resolution: int, channels: int = 3, fmaps_base: int = 16384, fmaps_max: int = 512
    ) -> None:
        maps = {"fmaps_base": fmaps_base, "fmaps_max": fmaps_max}
        super().__init__({"latent_dim": latent_dim, "resolution": resolution, "channels": channels, **maps})
        self.latent_dim = latent_dim
        self.layer0 = LatentConv2d(latent_dim, self.widths[0])
        for block, (before, width) in enumerate(pairwise([self.widths[0], *self.widths])):
            if block > 0:
                self.add_module(f"layer{2 * block}", UpsamplingConv2d(before, width, 3, 1))
            self.add_module(f"layer{2 * block + 1}", NormalizedConv2d(width, width, 3, 1))
            self.add_module(f"output{block}", NormalizedConv2d(width, channels, 1, 0, activation=False))
        self.lay_channels_innermost()

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, channels, resolution, resolution) at every level of detail."""
        halvings, share = split_lod(self.level)
        finest = self.max_lod - halvings
        features = coarse = latents
        for block in range(finest + 1):
            coarse = features
            features = self.get_submodule(f"layer{2 * block}")(features)
            features = self.get_submodule(f"layer{2 * block + 1}")(features)
        images: Tensor = self.get_submodule(f"output{finest}")(features)
        if share > 0:
            # In single precision: autocast gives the two in different ones.
            faded = upsampled(self.get_submodule(f"output{finest - 1}")(coarse)).float()
            images = torch.lerp(images.float(), faded, share)
        return upsampled(images, 2**halvings)

    @property
    def resolution(self) -> int:
        """Pixels a side at the present level of detail; while a resolution fades in, of that one."""
        halvings, _ = split_lod(self.level)
        return self.sample_shape[-1] >> halvings

    def first_layer(self) -> Tensor:
        """layer0's weight (latent_dim, features), each column divided by its norm.

        So R3 has it: each feature of the 4 x 4 map counts alike.
        """
        return nn.functional.normalize(self.layer0.matrix().detach(), dim=0)

    def codes(self, latents: Tensor) -> Tensor:
        """The latents, pixel-normalized, since the first layer does that to begin with.

        Only the direction of a latent vector matters to it, and the same distance would mean less for a longer one.
        """
        return pixel_norm(latents)

    def visible(self, real: Tensor) -> Tensor:
        """Real samples at the present level of detail."""
        return reduced_detail(real, self.level)


class ProGANDiscriminator(GrowingNetwork, Discriminator):
    """The critic: the generator mirrored, with minibatch standard deviation before its last block.

    Settings as in `GrowingNetwork`. It takes images of the full height and width, as the generator gives them
    at every level, averages them down to the level's resolution and so ignores what is finer. Real images
    shown while a resolution fades in should have gone through `reduced_detail`. Each halving
    also halves the norm of the gradient with respect to the images: a gradient penalty at level k sees it 2^k
    times smaller than one on images of the level's own size would.
    """

    kind = "progan"
    group = STDDEV_GROUP

    def __init__(self, *, resolution: int, channels: int = 3, fmaps_base: int = 16384, fmaps_max: int = 512) -> None:
        maps = {"fmaps_base": fmaps_base, "fmaps_max": fmaps_max}
        super().__init__({"resolution": resolution, "channels": channels, **maps})
        # Coarse to fine, as in the generator: inputs[k] takes resolution 4 * 2^k, and blocks[k] leads to it.
        self.inputs = nn.ModuleList(EqualizedConv2d(channels, width, 1, 0) for width in self.widths)
        self.blocks = nn.ModuleList(
            nn.Sequential(EqualizedConv2d(fine, fine, 3, 1), EqualizedConv2d(fine, coarse, 3, 1), nn.AvgPool2d(2))
            for coarse, fine in pairwise(self.widths)
        )
        width = self.widths[0]
        self.judge = nn.Sequential(
            EqualizedConv2d(width + 1, width, 3, 1),
            EqualizedConv2d(width, width, 4, 0),
            EqualizedConv2d(width, 1, 1, 0, activation=False),
        )
        self.lay_channels_innermost()

    def forward(self, samples: Tensor) -> Tensor:
        """(n, channels, resolution, resolution) -> critic values (n,)."""
        halvings, share = split_lod(self.level)
        finest = self.max_lod - halvings
        images = downsampled(samples, 2**halvings)
        features: Tensor = self.inputs[finest](images)
        for block in range(finest, 0, -1):
            features = self.blocks[block - 1](features)
            if block == finest and share > 0:
                features = torch.lerp(features, self.inputs[block - 1](downsampled(images)), share)
        values: Tensor = self.judge(minibatch_stddev(features))
        return values.flatten()


NETWORKS = {"generator": ProGANGenerator, "discriminator": ProGANDiscriminator}


@dataclass(frozen=True)
class GrowthPlan:
    """A plan over `steps`: stay at the lowest resolution, fade in the next, stay, and so on to the full one.

    stabilize: relative lengths of the phases at each resolution, 4 x 4 first; fade: of those between them.
    """

    steps: int
    stabilize: tuple[float, ...]
    fade: tuple[float, ...]

    def lod(self, step: int) -> float:
        """The level of detail before `step`: whole while a resolution is trained, falling while the next fades in."""
        lengths = [self.stabilize[0], *chain.from_iterable(zip(self.fade, self.stabilize[1:], strict=True))]
        ends = np.cumsum([0.0, *lengths]) * (self.steps / sum(lengths))
        levels = np.repeat(np.arange(len(self.stabilize))[::-1], 2)
        return float(np.interp(step, ends, levels))

    def apply(self, step: int, networks: Iterable[Network]) -> None:
        """Set all of `networks`, which must be growing ones, to the level of detail that `step` asks for."""
        lod = self.lod(step)
        for network in networks:
            cast(GrowingNetwork, network).set_lod(lod)


def build_pair(variant: ImageVariant, *, steps: int, seed: int, name: str) -> Pair:
    """The two networks of `variant`, their weights drawn from `seed`, and the plan by which they grow over `steps`.

    name: the variant's, for errors. Raises `UserError` unless the settings have a phase for each resolution, and for
    settings that the networks cannot have.
    """
    networks = variant.networks
    assert isinstance(networks, ProGANPair)
    maps = networks.model_dump(include={"fmaps_base", "fmaps_max"})
    common = {"resolution": variant.img_size, "channels": variant.channels, **maps}
    pair = initialized_pair(NETWORKS, seed, {"latent_dim": variant.latent_dim, **common}, common)
    levels = cast(GrowingNetwork, pair.generator).max_lod + 1
    if len(networks.stabilize) != levels:
        raise UserError(
            f"images.variants.{name}.networks.stabilize has {len(networks.stabilize)} entries; its img_size asks for "
            f"{levels}, one for each resolution from 4 up"
        )
    return replace(pair, growth=GrowthPlan(steps, tuple(networks.stabilize), tuple(networks.fade)).apply)
