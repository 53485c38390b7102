"""What a layout is: the names and shapes that a kind of generator has in the files of its authors."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from saddle.core.network import Generator

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Layout:
    """One layout.

    title: what errors call it. blocks: how many resolutions a generator may have, 4 x 4 included. names: the names of
    its tensors, for a number of blocks, where `state` decides what else they depend on. settings: the arguments of
    `make` that fit most shapes of `state`; called only if all names are there. fault: what is wrong with the values,
    or an empty string.
    """

    title: str
    make: Callable[..., Generator]
    blocks: Sequence[int]
    names: Callable[[State, int], list[str]]
    settings: Callable[[State, int], dict[str, Any]]
    fault: Callable[[State, Generator], str] = lambda state, generator: ""

    def described(self, blocks: int) -> str:
        """The layout and the size of its images, for errors."""
        side = 2 ** (blocks + 1)
        return f"{self.title}, {side} x {side} pixels"


def most_common(state: State, places: Iterable[tuple[str, int]]) -> int:
    """The commonest size at `places`, each the name of a tensor and a dimension; 0 if no tensor has its dimension."""
    sizes = Counter(state[key].shape[dim] for key, dim in places if state[key].ndim > dim)
    return sizes.most_common(1)[0][0] if sizes else 0
