"""Pictures: fixed axes, equal bytes, small files."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from saddle.rendering.points.film import PointsFilm, centred, frame, frames, strip
from saddle.rendering.shared.gif import write_gif


@pytest.fixture
def film() -> PointsFilm:
    rng = np.random.default_rng(0)
    x, y = np.linspace(-1, 2, 30), np.linspace(0, 1, 11)
    return PointsFilm(
        name="GAN",
        x=x,
        y=y,
        surface=rng.random((4, 11, 30)),
        samples=rng.normal(size=(4, 20, 2)) * [[[1]], [[10]], [[0.1]], [[0]]],
        held_out=rng.normal(size=(20, 2)),
        times=["epoch 0", "epoch 1", "epoch 2", "epoch 3"],
        ratios=[9.0, 4.0, 2.0, 1.0],
        score="D(x)",
    )


def test_axes_are_equal_and_the_same_in_all_frames(film: PointsFilm) -> None:
    for index in range(len(film)):
        axes = frame(film, index).axes[0]
        assert axes.get_aspect() == 1.0
        assert (axes.get_xlim(), axes.get_ylim()) == ((-1, 2), (0, 1))


def test_a_colour_means_one_value_in_all_frames(film: PointsFilm) -> None:
    levels = [frame(film, index).axes[0].collections[0].levels for index in range(len(film))]
    for other in levels[1:]:
        assert np.array_equal(levels[0], other)


def test_a_frame_tells_its_time_and_its_distance(film: PointsFilm) -> None:
    assert frame(film, 2).axes[0].get_title() == "GAN, epoch 2, w2_ratio 2.00"


def test_a_flat_surface_can_be_drawn(film: PointsFilm) -> None:
    flat = PointsFilm(**{**film.__dict__, "surface": np.zeros((4, 11, 30))})
    assert next(frames(flat)).ndim == 3


def test_frames_are_at_least_640_pixels_wide_and_alike(film: PointsFilm) -> None:
    images = list(frames(film))
    assert {image.shape for image in images} == {images[0].shape}
    assert images[0].shape[1] >= 640
    assert not np.array_equal(images[0], images[1])


def test_a_strip_holds_first_and_last(film: PointsFilm) -> None:
    titles = [axes.get_title() for axes in strip(film).axes]
    assert titles[0].startswith("GAN, epoch 0")
    assert titles[-1].startswith("GAN, epoch 3")


def test_a_gif_has_every_frame_and_the_same_bytes_each_time(film: PointsFilm, tmp_path: Path) -> None:
    for name in ("1.gif", "2.gif"):
        write_gif(tmp_path / name, frames(film))
    assert (tmp_path / "1.gif").read_bytes() == (tmp_path / "2.gif").read_bytes()
    images = iio.imread(tmp_path / "1.gif", index=None)
    assert len(images) == len(film)
    original = next(frames(film))
    assert np.abs(images[0].astype(int) - original).mean() < 4  # of 255: a palette of 64 colours is close


def test_a_gif_rests_on_its_last_frame_and_runs_for_ever(film: PointsFilm, tmp_path: Path) -> None:
    write_gif(tmp_path / "a.gif", frames(film), seconds=0.15, last_seconds=2.0)
    with Image.open(tmp_path / "a.gif") as gif:
        durations = []
        for index in range(gif.n_frames):
            gif.seek(index)
            durations.append(gif.info["duration"])
        assert gif.info["loop"] == 0
    assert durations == [150, 150, 150, 2000]


def test_greys_of_digits_stay_as_they_are(tmp_path: Path) -> None:
    frame = np.repeat(np.arange(0, 256, 17, dtype=np.uint8).repeat(4)[None, :, None], 3, axis=2).repeat(20, axis=0)
    write_gif(tmp_path / "a.gif", [frame, 255 - frame], colours=16)
    shown = iio.imread(tmp_path / "a.gif", index=0)[..., :3]
    assert np.abs(shown.astype(int) - frame).max() <= 1


def test_a_gif_without_frames_is_refused_and_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write_gif(tmp_path / "a.gif", [])
    assert list(tmp_path.iterdir()) == []


def test_centring_takes_a_critics_drift_away_and_keeps_its_differences() -> None:
    surface = np.random.default_rng(0).random((3, 5, 7))
    drifting = surface + np.array([0.0, 10.0, -40.0])[:, None, None]
    np.testing.assert_allclose(centred(drifting), centred(surface), atol=1e-12)
    np.testing.assert_allclose(np.diff(centred(drifting)[1]), np.diff(surface[1]))
