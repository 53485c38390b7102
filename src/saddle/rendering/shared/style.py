"""What all pictures share: colours that everybody can tell apart, sizes that stay legible."""

from typing import Any

from matplotlib.colors import LinearSegmentedColormap

# Okabe and Ito, Color Universal Design, 2008: told apart with any kind of colour vision.
REAL = "#0072B2"
GENERATED = "#D55E00"
MARK = "#444444"

# Light enough at both ends for points of either colour to stand out on it.
SURFACE = LinearSegmentedColormap.from_list("surface", ["#8c8c8c", "#c9c9c9", "#ffffff"])

DPI = 100
RC: Any = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
}
