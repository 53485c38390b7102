"""Progressive growing: which level of detail a ProGAN has at which step (Karras et al. 2018, section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from saddle.core.network import Network
from saddle.networks.progan.network import GrowingNetwork


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
        lengths: list[float] = [self.stabilize[0]]
        for fading, staying in zip(self.fade, self.stabilize[1:], strict=True):
            lengths += [fading, staying]
        unit = self.steps / sum(lengths)
        level, start = float(len(self.fade)), 0.0
        for phase, length in enumerate(lengths):
            end = start + length * unit
            fades = phase % 2 == 1
            if step < end:
                return level - (step - start) / (end - start) if fades else level
            level -= fades
            start = end
        return 0.0

    def apply(self, step: int, networks: Iterable[Network]) -> None:
        """Set all of `networks`, which must be growing ones, to the level of detail that `step` asks for."""
        lod = self.lod(step)
        for network in networks:
            cast(GrowingNetwork, network).set_lod(lod)
