"""How the points pictures look: as this project draws them, and as R1 did."""

from dataclasses import dataclass

from matplotlib.colors import Colormap, LinearSegmentedColormap

from saddle.rendering.shared.style import GENERATED, REAL


@dataclass(frozen=True)
class Look:
    """real, generated: the points' colours. colours: of the discriminator's surface. mesh: every cell of the grid in a
    colour of its own, rather than areas between contours.
    """

    real: str
    generated: str
    colours: Colormap
    mesh: bool


# Light enough at both ends for points of either colour to stand out on it.
CONTOURS = Look(
    REAL, GENERATED, LinearSegmentedColormap.from_list("grey", ["#8c8c8c", "#c9c9c9", "#ffffff"]), mesh=False
)
# R1: blue crosses, red pluses, a coloured surface. It runs from violet over white to green, all of them pale: in the
# report's own colours the crosses were lost in the blue end.
R1_MESH = Look(
    "#0000ff", "#ff0000", LinearSegmentedColormap.from_list("pale", ["#c2a5cf", "#f7f7f7", "#a6dba0"]), mesh=True
)
LOOKS = {"contours": CONTOURS, "mesh": R1_MESH}
