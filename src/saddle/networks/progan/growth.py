"""Progressive growing: which level of detail a ProGAN has at which step (Karras et al. 2018, section 2)."""

from dataclasses import dataclass
from typing import cast

from saddle.errors import UserError
from saddle.networks.progan.network import GrowingNetwork
from saddle.training.state import TrainingState


@dataclass(frozen=True)
class Growth:
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

    def apply(self, state: TrainingState) -> None:
        """Set generator, critic and, if there is one, average to the level that the state's step asks for."""
        lod = self.lod(state.step)
        for network in (state.generator, state.discriminator, state.average):
            if network is not None:
                cast(GrowingNetwork, network).set_lod(lod)

    def check(self, state: TrainingState) -> None:
        """Raise `UserError` unless the plan has a phase for each of the generator's resolutions."""
        levels = cast(GrowingNetwork, state.generator).max_lod + 1
        if len(self.stabilize) != levels:
            raise UserError(
                f"mnist.variants.progan.networks.stabilize has {len(self.stabilize)} entries; its img_size asks for "
                f"{levels}, one for each resolution from 4 up"
            )


def level_of(state: TrainingState) -> float:
    """The level of detail that the generator has now."""
    return cast(GrowingNetwork, state.generator).level
