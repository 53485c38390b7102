"""ProGAN as the code of Shen and Zhou 2021 (SeFa) publishes it, such as `pggan_celebahq1024.pth`."""

from typing import Any

from saddle.core.network import Generator
from saddle.networks.progan.network import RESOLUTIONS, ProGANGenerator
from saddle.sefa.foreign.layout import Layout, State, most_common


def _names(state: State, blocks: int) -> list[str]:
    layers = [f"layer{number}" for number in range(2 * blocks)] + [f"output{n}" for n in range(blocks)]
    return ["lod", *(f"{layer}.{part}" for layer in layers for part in ("weight", "bias"))]


def _settings(state: State, blocks: int) -> dict[str, Any]:
    widths = [most_common(state, _places_of_width(block)) for block in range(blocks)]
    return {
        "latent_dim": most_common(state, [("layer0.weight", 1)]),
        "resolution": 2 ** (blocks + 1),
        "channels": most_common(state, [(f"output{block}.bias", 0) for block in range(blocks)]),
        # The least base that gives every resolution enough features. Where the base decides their number, it is exact.
        "fmaps_base": max(width * 2 ** (block + 2) for block, width in enumerate(widths)),
        "fmaps_max": max(widths),
    }


def _places_of_width(block: int) -> list[tuple[str, int]]:
    """Tensors and their dimensions whose size is the number of features at resolution 4 * 2^block."""
    first, second = f"layer{2 * block}", f"layer{2 * block + 1}"
    return [
        (f"{first}.bias", 0),
        (f"{first}.weight", 0),
        (f"{second}.bias", 0),
        (f"{second}.weight", 0),
        (f"{second}.weight", 1),
        (f"output{block}.weight", 1),
    ]


def _fault(state: State, generator: Generator) -> str:
    assert isinstance(generator, ProGANGenerator)
    lod = float(state["lod"])
    return "" if 0 <= lod <= generator.max_lod else f"lod {lod}; allowed: 0 to {generator.max_lod}"


PROGAN = Layout("ProGAN", ProGANGenerator, range(2, len(RESOLUTIONS) + 2), _names, _settings, _fault)
