"""StyleGAN and StyleGAN2 as the code of Shen and Zhou 2021 (SeFa) publishes them, such as `stylegan_ffhq1024.pth`."""

from collections.abc import Callable
from typing import Any

from saddle.core.network import Generator
from saddle.networks.stylegan.network import StyleGANGenerator
from saddle.networks.stylegan2.network import StyleGAN2Generator
from saddle.networks.styles.generator import MOST_RESOLUTIONS
from saddle.sefa.foreign.layout import Layout, State, most_common

BLOCKS = range(2, MOST_RESOLUTIONS + 1)
# More than anybody has used; a file with more is of another layout.
MOST_MAPPING_LAYERS = 64


def _mapping_layers(state: State) -> int:
    """How many layers the mapping network has: `dense0`, `dense1` and so on, as far as they go."""
    present = (index for index in range(MOST_MAPPING_LAYERS) if f"mapping.dense{index}.weight" not in state)
    return max(next(present, MOST_MAPPING_LAYERS), 1)


def _common_names(state: State) -> list[str]:
    dense = [f"mapping.dense{index}.{part}" for index in range(_mapping_layers(state)) for part in ("weight", "bias")]
    return [*dense, "truncation.w_avg"]


def _parts(module: str, *parts: str) -> list[str]:
    return [f"synthesis.{module}.{part}" for part in parts]


STYLE = ("style.weight", "style.bias")


def _stylegan_names(state: State, blocks: int) -> list[str]:
    names = [*_common_names(state), "synthesis.lod"]
    for layer in range(2 * blocks):
        weight = "weight" if layer else "const"
        names += _parts(f"layer{layer}", weight, "bias", "apply_noise.weight", "apply_noise.noise", *STYLE)
        if layer and layer % 2 == 0:
            names += _parts(f"layer{layer}", "blur.kernel")
    return names + [name for block in range(blocks) for name in _parts(f"output{block}", "weight", "bias")]


def _stylegan2_names(state: State, blocks: int) -> list[str]:
    names = [*_common_names(state), "synthesis.early_layer.const", "synthesis.upsample.kernel"]
    for layer in range(2 * blocks - 1):
        names += _parts(f"layer{layer}", "weight", "bias", "noise", "noise_strength", *STYLE)
        if layer % 2:
            names += _parts(f"layer{layer}", "filter.kernel")
    return names + [name for block in range(blocks) for name in _parts(f"output{block}", "weight", "bias", *STYLE)]


def _stylegan_places(block: int) -> list[tuple[str, int]]:
    """Tensors and their dimensions whose size is the number of features at resolution 4 * 2^block."""
    first, second, output = f"layer{2 * block}", f"layer{2 * block + 1}", f"output{block}"
    return [
        *((name, 0) for layer in (first, second) for name in _parts(layer, "bias", "apply_noise.weight")),
        *((name, 0) for name in _parts(second, "weight")),
        *((name, 1) for layer in (second, output) for name in _parts(layer, "weight")),
    ]


def _stylegan2_places(block: int) -> list[tuple[str, int]]:
    """The same for StyleGAN2, whose styles have the size of what a layer reads."""
    layer, output = f"layer{2 * block}", f"output{block}"
    return [
        *((name, 0) for name in _parts(layer, "bias", "weight", *STYLE)),
        *((name, 0) for name in _parts(output, *STYLE)),
        *((name, 1) for module in (layer, output) for name in _parts(module, "weight")),
    ]


def _settings_by(places: Callable[[int], list[tuple[str, int]]]) -> Callable[[State, int], dict[str, Any]]:
    """How settings follow from shapes, where `places` tell the numbers of features."""

    def settings(state: State, blocks: int) -> dict[str, Any]:
        layers = _mapping_layers(state)
        hidden = [(f"mapping.dense{index}.weight", 0) for index in range(max(layers - 1, 1))]
        return {
            "latent_dim": most_common(state, [("mapping.dense0.weight", 1)]),
            "w_dim": most_common(state, [(name, 1) for name in state if name.endswith(".style.weight")]),
            "mapping_width": most_common(state, hidden),
            "mapping_layers": layers,
            "widths": [most_common(state, places(block)) for block in range(blocks)],
            "channels": most_common(state, [(f"synthesis.output{block}.bias", 0) for block in range(blocks)]),
        }

    return settings


def _stylegan_fault(state: State, generator: Generator) -> str:
    lod = float(state["synthesis.lod"])
    return "" if lod == 0 else f"synthesis.lod {lod}; allowed: 0, a generator that was trained to its full resolution"


STYLEGAN = Layout(
    "StyleGAN", StyleGANGenerator, BLOCKS, _stylegan_names, _settings_by(_stylegan_places), _stylegan_fault
)
STYLEGAN2 = Layout("StyleGAN2", StyleGAN2Generator, BLOCKS, _stylegan2_names, _settings_by(_stylegan2_places))
