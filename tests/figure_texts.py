"""The text of figures: where it lies."""

from itertools import combinations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

# A pixel of rounding is no fault.
SLACK = 1.0


def visible_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that the figure shows, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = _labels_beyond_the_axes(figure)
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def _labels_beyond_the_axes(figure: Figure) -> set[Artist]:
    """The labels of ticks that lie outside the limits of their axis; Matplotlib has them, but never draws them."""
    hidden: set[Artist] = set()
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        for axis in (axes.xaxis, axes.yaxis):
            drawn = set(axis._update_ticks())  # type: ignore[attr-defined]
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {label for tick in ticks if tick not in drawn for label in (tick.label1, tick.label2)}
    return hidden


def check_texts(figure: Figure) -> None:
    """Assert that every text lies inside the figure, and that no two overlap."""
    texts = visible_texts(figure)
    assert texts
    width, height = figure.bbox.width, figure.bbox.height
    for name, box in texts:
        inside = box.x0 >= -SLACK and box.y0 >= -SLACK and box.x1 <= width + SLACK and box.y1 <= height + SLACK
        assert inside, f"{name!r} reaches out of the figure: {box} in {width:.0f} x {height:.0f}"
    for (name, box), (other, other_box) in combinations(texts, 2):
        overlap = Bbox.intersection(box, other_box)
        apart = overlap is None or overlap.width <= SLACK or overlap.height <= SLACK
        assert apart, f"{name!r} and {other!r} overlap"
