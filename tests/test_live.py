"""A running training can be watched, at no cost to its result."""

import base64
import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from saddle.config import Settings
from saddle.experiments.points import train_points
from saddle.rendering.live.watching import CHART_HEIGHT, LivePage, drawing, live_page, progress
from saddle.training.fit import COLUMNS

POINTS = np.random.default_rng(0).normal(0.5, 0.3, (200, 2))
SVG = "{http://www.w3.org/2000/svg}"


def rows(count: int) -> list[dict[str, float]]:
    return [{name: float(index) for name in COLUMNS} for index in range(count)]


def test_a_watched_training_ends_with_the_same_bytes_and_can_be_seen(settings: Settings, tmp_path: Path) -> None:
    alone = train_points(settings, "gan", "adam", POINTS, 30, quiet=True)
    page = LivePage(tmp_path, "points/gan", 0.0, POINTS[:50])
    watched = train_points(settings, "gan", "adam", POINTS, 30, watcher=page, quiet=True)
    assert alone.log == watched.log
    assert np.array_equal(np.stack(alone.snapshots.seen["samples"]), np.stack(watched.snapshots.seen["samples"]))
    with (tmp_path / "points/gan.csv").open() as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert [{name: float(value) for name, value in row.items()} for row in table] == watched.log
    picture = ET.parse(tmp_path / "points/gan.svg").getroot()
    assert len(picture.findall(f".//{SVG}polyline")) == 4
    assert len(picture.findall(f".//{SVG}circle")) == 50 + 30
    texts = [text.text for text in picture.findall(f".//{SVG}text")]
    assert texts[:2] == ["points/gan", "finished, 16 steps"]
    assert {"real", "newest samples"} < set(texts)
    assert 'src="points/gan.svg"' in (tmp_path / "index.html").read_text()


def test_images_are_a_grid_with_the_right_pixels() -> None:
    images = np.full((4, 1, 2, 2), -1.0, np.float32)
    images[3] = 1.0
    picture = ET.fromstring(drawing("x", "step 1 of 2", rows(2), images)).find(f".//{SVG}image")
    assert picture is not None
    data = picture.attrib["href"].removeprefix("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert pixels.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 255, 255], [0, 0, 255, 255]]


def test_a_running_training_tells_its_speed_and_what_time_is_left() -> None:
    assert progress(2000, 10000, 500, 10.0) == "step 2,000 of 10,000, 50 a second, 2:40 left"
    assert progress(2000, 10000, 0, 0.0) == "step 2,000 of 10,000"
    assert progress(10000, 10000, 500, 10.0) == "finished, 10,000 steps"


def test_axes_have_round_ticks_where_the_values_are() -> None:
    log = [{**rows(1)[0], "epoch": float(epoch), "d_loss": epoch / 10, "g_loss": -0.3} for epoch in range(9)]
    picture = ET.fromstring(drawing("x", "", log, POINTS))
    places = {text.text: text.attrib for text in picture.findall(f".//{SVG}text")}
    assert {"0.6", "0.8", "2", "4", "6", "8"} < set(places)
    assert not {"1", "-0.6", "10"} & set(places)
    apart = float(places["0.6"]["y"]) - float(places["0.8"]["y"])
    assert apart == pytest.approx(0.2 / 1.1 * CHART_HEIGHT, abs=0.2)


def test_it_waits_between_two_looks_but_shows_the_end(tmp_path: Path) -> None:
    page = live_page(tmp_path, "x", 1000.0)
    assert page is not None
    for step in (1, 2, 3):
        page(rows(step), POINTS, step, 3)
        assert len(pd.read_csv(tmp_path / "x.csv")) == (1 if step < 3 else 3)
    assert live_page(tmp_path, "x", None) is None


def test_a_training_goes_on_where_it_can_no_longer_be_watched(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").write_text("a file where the folder should be")
    page = LivePage(tmp_path / "full", "points/gan", 0.0)
    run = train_points(settings, "gan", "adam", POINTS, 30, watcher=page, quiet=True)
    assert len(run.log) == 4
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("points/gan: can no longer be watched (")
