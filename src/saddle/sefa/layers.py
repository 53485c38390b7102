"""Which of a generator's layers a traversal moves."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from saddle.core.network import Generator
from saddle.errors import UserError

ALL = "all"
RANGES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*", re.ASCII)


def layer_numbers(text: str, count: int) -> list[int]:
    """The layers that `text` names, ascending: "all", or numbers and ranges such as "0-1" or "0-1,3".

    count: how many layers there are; they are numbered from 0. Raises `UserError` for other text and other layers.
    """
    text = text.replace(" ", "")
    if text == ALL:
        return list(range(count))
    if not RANGES.fullmatch(text) or len(text) > 80:
        raise UserError(f'layers is {text[:80]!r}; allowed: "all", or numbers and ranges such as "0-1,3"')
    numbers: set[int] = set()
    for part in text.split(","):
        first, last = (int(number) for number in (part.split("-") * 2)[:2])
        if not first <= last < count:
            raise UserError(f"layers has {part!r}; the generator's layers are 0 to {count - 1}, ranges ascend")
        numbers.update(range(first, last + 1))
    return sorted(numbers)


def described(text: str) -> str:
    """The layers that `text` names, in words: "all layers", "layer 3", "layers 0-1,3"."""
    if text == ALL:
        return "all layers"
    return f"layer{'' if text.isdigit() else 's'} {text}"


class ChosenLayers(Generator):
    """A generator of many layers, of which a traversal moves some, all by the same vector.

    Its codes are (n, code_dim * (1 + code_layers of `generator`)): first how far the chosen layers are displaced, zero
    to begin with, then the codes of all layers. So a direction, (code_dim,), moves the first numbers of a code.
    """

    def __init__(self, generator: Generator, layers: Sequence[int]) -> None:
        super().__init__({})
        self.generator = generator
        self.layers = list(layers)
        self.latent_dim, self.sample_shape = generator.latent_dim, generator.sample_shape
        self.train(generator.training)

    @property
    def code_dim(self) -> int:
        """The length of a direction: that of one layer's code."""
        return self.generator.code_dim

    def first_layer(self) -> Tensor:
        """The matrix of the chosen layers."""
        return self.generator.style_weights(self.layers)

    def codes(self, latents: Tensor) -> Tensor:
        """Undisplaced codes, as the class describes them."""
        codes = self.generator.codes(latents).flatten(1)
        return torch.cat([codes.new_zeros(len(codes), self.code_dim), codes], dim=1)

    def forward(self, codes: Tensor) -> Tensor:
        """The images of codes as the class describes them."""
        displacement, layers = codes.tensor_split([self.code_dim], dim=1)
        layers = layers.reshape(len(codes), -1, self.code_dim).clone()
        layers[:, self.layers] += displacement[:, None]
        images: Tensor = self.generator(layers)
        return images


def with_layers(generator: Generator, text: str) -> Generator:
    """`generator` as a traversal of the layers that `text` names moves it; itself if it has but one layer.

    Raises `UserError` as `layer_numbers`.
    """
    if generator.code_layers == 1:
        return generator
    return ChosenLayers(generator, layer_numbers(text, generator.code_layers))
