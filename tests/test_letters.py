"""Text in pictures: letters that DejaVu Sans lacks come from an installed font, and long titles fit."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from saddle.rendering.comparison import Cloud, clouds_at
from saddle.rendering.images import captioned
from saddle.rendering.points import Shot, moment
from saddle.rendering.shared.figures import pixels, write_figure
from saddle.rendering.shared.style import font

POINTS = np.random.default_rng(0).normal(size=(2, 30, 2))
LONG = "GAN of twenty-six letters "
# Matplotlib brings another font for the first, as a user's machine may have one for Chinese; none for the second.
OTHER, NOWHERE = "\u20e4", "\U000e01ee"


def titled(text: str) -> Figure:
    figure = Figure(figsize=(3, 1))
    figure.suptitle(text)
    return figure


def test_letters_that_dejavu_lacks_come_from_an_installed_font() -> None:
    figure = titled(f"GAN {OTHER}")
    pixels(figure)
    first, second = figure.texts[0].get_fontfamily()
    assert first == font(12, "GAN").getname()[0] == "DejaVu Sans"
    assert font(12, OTHER).getname()[0] == second
    assert ord(OTHER) in FT2Font(findfont(second)).get_charmap()


def test_letters_that_no_font_has_are_named_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        pixels(figure := titled(f"GAN {OTHER}{NOWHERE}"))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"no installed font has {NOWHERE}, ")
    assert figure.texts[0].get_fontfamily()[1] == font(12, OTHER).getname()[0]


def test_letters_of_a_pdf_are_truetype(tmp_path: Path) -> None:
    """Submission systems refuse Type 3."""
    with mpl.rc_context({"pdf.compression": 0}):
        write_figure(tmp_path / "a.pdf", titled("GAN"))
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/Type0" in content
    assert b"/Type3" not in content


def overlaps_or_is_cut(figure: Figure) -> bool:
    """Whether a title reaches beyond the figure, or into another one."""
    FigureCanvasAgg(figure).draw()
    boxes = [
        text.get_window_extent()
        for axes in figure.axes
        for text in (axes.title, axes._left_title, axes._right_title)  # type: ignore[attr-defined]
        if text.get_text()
    ]
    outside = any(box.x0 < 0 or box.x1 > figure.bbox.width for box in boxes)
    return outside or any(a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[:index])


def test_titles_of_26_letters_are_whole() -> None:
    shots = [Shot(f"{LONG}, RMSprop", POINTS, ["epoch 0", "epoch 320"])] * 3
    assert not overlaps_or_is_cut(moment(shots, POINTS[0], "held out", 1))
    row = {name: Cloud(POINTS, [0.1, 0.2], ["epoch 0", "epoch 320"]) for name in ("rmsprop", "adam")}
    assert not overlaps_or_is_cut(clouds_at({"gan": row}, POINTS[0], -1, lambda _: LONG))
    narrow = captioned(np.zeros((9, 120, 3), np.uint8), LONG)
    assert (narrow[:, :2] == 255)[:-9].all()
    assert (narrow[:-9] < 128).any()


def test_what_a_run_generates_lies_in_the_frame_at_its_beginning_and_its_end() -> None:
    real = np.array([[0.0, 0.0], [1.0, 0.5]])
    run = np.array([[[-0.9, -0.9], [0.0, 0.0]], [[1.4, 0.2], [0.5, 9.0]], [[1.9, 1.4], [0.0, 0.0]]])
    figure = moment([Shot("GAN", run, ["0", "1", "2"])], real, "held out", 1)
    (left, right), (bottom, top) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    assert ((run[[0, 2]] > (left, bottom)) & (run[[0, 2]] < (right, top))).all()
    # What lies too far away for the real points to be seen beside it is counted.
    assert [text.get_text() for text in figure.axes[0].texts] == ["1 generated outside"]
