"""Pictures: fixed axes, equal bytes, small files."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from PIL import Image

from saddle.rendering.points import LOOKS, PointsFilm, Shot, centred, frame, frames, moment, together
from saddle.rendering.shared.figures import write_gif, write_still
from saddle.rendering.shared.style import moments

SOURCE = str(Path(__file__).parents[1] / "src")


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
        real=rng.normal(size=(20, 2)),
        real_name="held out",
        times=["epoch 0", "epoch 1", "epoch 2", "epoch 3"],
        distances=[9.0, 4.0, 0.2, 0.0321],
        score="critic's value less its mean",
        is_probability=False,
    )


def test_axes_are_equal_and_the_same_in_all_frames(film: PointsFilm) -> None:
    for index in range(len(film)):
        axes = frame(film, index).axes[0]
        assert axes.get_aspect() == 1.0
        assert (axes.get_xlim(), axes.get_ylim()) == ((-1, 2), (0, 1))
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")


def test_report_1_draws_a_coloured_mesh_blue_crosses_and_half_transparent_red_pluses(film: PointsFilm) -> None:
    axes = frame(replace(film, look=LOOKS["mesh"]), 1).axes[0]
    mesh, real, generated = axes.collections
    assert isinstance(mesh, QuadMesh)
    assert mesh.get_array().size == 11 * 30
    assert tuple(real.get_edgecolor()[0]) == (0, 0, 1, 1)
    assert tuple(generated.get_edgecolor()[0]) == (1, 0, 0, 0.5)


def test_moments_hold_the_first_and_the_last_and_are_closer_at_the_beginning() -> None:
    chosen = moments(33, 6)
    assert (chosen[0], chosen[-1], len(chosen)) == (0, 32, 6)
    assert np.diff(chosen).tolist() == sorted(np.diff(chosen))
    assert moments(2, 6) == [0, 1]


def test_a_still_is_a_png_and_a_pdf_and_the_same_bytes_each_time(film: PointsFilm, tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        write_still(tmp_path / "final.png", frame(film, 3))
        kept.append([(tmp_path / name).read_bytes() for name in ("final.png", "final.pdf")])
    assert kept[0] == kept[1]
    assert kept[0][0].startswith(b"\x89PNG")
    assert kept[0][1].startswith(b"%PDF")
    assert b"CreationDate" not in kept[0][1]


def test_variants_run_side_by_side_and_a_shorter_one_stays_as_it_ended(film: PointsFilm) -> None:
    times = list(film.times)
    shots = [Shot("GAN", film.samples, times), Shot("WGAN", film.samples[:2], times[:2])]
    images = list(together(shots, film.real, "held out"))
    assert len(images) == 4
    assert len({image.shape for image in images}) == 1
    titles = [axes.get_title() for axes in moment(shots, film.real, "held out", 3).axes]
    assert titles == ["GAN, epoch 3", "WGAN, epoch 1"]


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


def test_paper_stays_white(film: PointsFilm, tmp_path: Path) -> None:
    write_gif(tmp_path / "a.gif", frames(film))
    shown, original = iio.imread(tmp_path / "a.gif", index=0)[..., :3], next(frames(film))
    assert (shown[(original == 255).all(2)] == 255).all()


def test_greys_of_digits_stay_as_they_are(tmp_path: Path) -> None:
    frame = np.repeat(np.arange(0, 256, 17, dtype=np.uint8).repeat(4)[None, :, None], 3, axis=2).repeat(20, axis=0)
    write_gif(tmp_path / "a.gif", [frame, 255 - frame], colours=16)
    shown = iio.imread(tmp_path / "a.gif", index=0)[..., :3]
    assert np.abs(shown.astype(int) - frame).max() <= 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("call", ["write_gif('a.film.gif', frames)", "write_mp4('a.film.mp4', frames, fps=10)"])
def test_a_film_that_could_not_be_written_whole_is_an_error_and_leaves_the_old_one(call: str, tmp_path: Path) -> None:
    """A limit on the size of files stops the writer, as a full disk does."""
    name = call.split("'")[1]
    (tmp_path / name).write_bytes(b"old")
    code = (
        "import resource, signal, numpy as np; from saddle.rendering.shared.figures import write_gif, write_mp4\n"
        "from saddle.errors import reports_user_errors\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "frames = [np.random.default_rng(i).integers(0, 255, (200, 200, 3), np.uint8) for i in range(4)]\n"
        f"reports_user_errors(lambda: {call})()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": SOURCE}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert name in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


def test_centring_takes_a_critics_drift_away_and_keeps_its_differences() -> None:
    surface = np.random.default_rng(0).random((3, 5, 7))
    drifting = surface + np.array([0.0, 10.0, -40.0])[:, None, None]
    np.testing.assert_allclose(centred(drifting), centred(surface), atol=1e-12)
    np.testing.assert_allclose(np.diff(centred(drifting)[1]), np.diff(surface[1]))
