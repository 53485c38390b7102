"""The generator of PyTorch's DCGAN tutorial: `main.0` is a transposed convolution, `main.1` batch normalization."""

from typing import Any

from saddle.networks.dcgan_tutorial.network import MOST_RESOLUTIONS, DCGANTutorialGenerator
from saddle.sefa.foreign.layout import Layout, State, most_common

NORM = ("weight", "bias", "running_mean", "running_var")


def _names(state: State, blocks: int) -> list[str]:
    # A convolution, batch normalization and ReLU for each resolution; ReLU has no tensors, and the last no others.
    convolutions = [f"main.{3 * block}.weight" for block in range(blocks)]
    norms = [f"main.{3 * block + 1}.{part}" for block in range(blocks - 1) for part in NORM]
    return convolutions + norms


def _settings(state: State, blocks: int) -> dict[str, Any]:
    return {
        "latent_dim": most_common(state, [("main.0.weight", 0)]),
        "widths": [most_common(state, _places_of_width(block)) for block in range(blocks - 1)],
        "channels": most_common(state, [(f"main.{3 * (blocks - 1)}.weight", 1)]),
    }


def _places_of_width(block: int) -> list[tuple[str, int]]:
    """Tensors and their dimensions whose size is the number of features at resolution 4 * 2^block."""
    before, after = f"main.{3 * block}.weight", f"main.{3 * block + 3}.weight"
    return [(before, 1), (after, 0), *((f"main.{3 * block + 1}.{part}", 0) for part in NORM)]


DCGAN_TUTORIAL = Layout("DCGAN tutorial", DCGANTutorialGenerator, range(2, MOST_RESOLUTIONS + 2), _names, _settings)
