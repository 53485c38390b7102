"""SeFa's images: codes moved along directions, strips, films, and the stages themselves."""

from functools import partial
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
import torch
from small_sefa import small_sefa

from saddle.config import load_settings
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.mlp import MLPGenerator
from saddle.networks.progan import ProGANGenerator
from saddle.rendering.shared.figures import write_gif, write_mp4
from saddle.sefa.explore import explore
from saddle.sefa.factorization import factorize
from saddle.sefa.pictures import distance_labels, frames, strip, sweep_order
from saddle.sefa.traversal import (
    as_bytes,
    distances_between,
    drawn_codes,
    moved,
    traverse,
)
from stages import sefa, sefa_checkpoint

ROOT = Path(__file__).resolve().parents[1]


def progan(**settings):
    settings = {"latent_dim": 6, "resolution": 16, "channels": 3, "fmaps_base": 64, "fmaps_max": 8, **settings}
    return initialized(ProGANGenerator, 0, "test", **settings).eval()


def mlp(side=12):
    return initialized(MLPGenerator, 0, "test", latent_dim=5, sample_shape=(1, side, side), hidden=[16]).eval()


@pytest.fixture
def traversal():
    """Two samples at three distances, in colour, and the distances. All values in image number i are 10 i."""
    values = np.repeat(np.arange(6, dtype=np.uint8) * 10, 8 * 8 * 3)
    return values.reshape(2, 3, 8, 8, 3), [-1.0, 0.0, 1.0]


def test_distances_are_even_and_contain_zero_exactly():
    assert distances_between(-3, 3, 5) == [-3.0, -1.5, 0.0, 1.5, 3.0]
    assert distances_between(-3, 3, 11)[5] == 0.0
    assert distances_between(-2, 5, 1) == [-2.0]
    assert distance_labels(distances_between(-3, 3, 5)) == ["−3.0", "−1.5", "0.0", "+1.5", "+3.0"]
    assert distance_labels([0.0, 0.05]) == ["0.00", "+0.05"]


def with_settings(monkeypatch, **changes):
    """Let the stages read params.yaml with `changes` in its section sefa."""
    settings = load_settings(ROOT / "params.yaml")
    changed = settings.model_copy(update={"sefa": settings.sefa.model_copy(update=changes)})
    for stage in (sefa, sefa_checkpoint):
        monkeypatch.setattr(stage, "load_settings", lambda: changed)


def test_a_generator_that_is_not_chosen_is_refused(monkeypatch):
    with_settings(monkeypatch)
    with pytest.raises(UserError, match=r"sefa\.generators has no 'mlp'; it has: avatars, compact, faces"):
        sefa.main("mlp")
    with pytest.raises(UserError, match=r"sefa\.checkpoints has no 'cats'; it has: nothing"):
        sefa_checkpoint.main("cats")


def test_codes_depend_on_seed_and_purpose_but_not_on_their_number():
    generator = progan()
    codes = drawn_codes(generator, 3, 0, "a")
    assert torch.equal(codes[:2], drawn_codes(generator, 2, 0, "a"))
    assert not torch.equal(codes, drawn_codes(generator, 3, 1, "a"))
    assert not torch.equal(codes, drawn_codes(generator, 3, 0, "b"))
    torch.testing.assert_close(codes, generator.codes(codes))


def test_the_torch_sampler_draws_what_the_sefa_authors_code_draws():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        expected = torch.randn(5, 6)
    before = torch.random.get_rng_state()
    generator = progan()
    assert torch.equal(drawn_codes(generator, 5, 7, "any purpose", "torch"), generator.codes(expected))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_codes_are_moved_by_the_distance_along_the_direction():
    codes, direction = torch.randn(2, 4), torch.tensor([0, 1.0, 0, 0]).double()
    assert torch.equal(moved(codes, direction, 0.0, [0]), codes)
    torch.testing.assert_close(moved(codes, direction, 2.5, [0]) - codes, 2.5 * direction.float().expand(2, 4))
    torch.testing.assert_close(moved(codes, direction, -1.0, [0]) - codes, -direction.float().expand(2, 4))


def by_batch():
    """An MLP that normalizes what it draws by the batch, in batches of four."""
    norm = {"batch_norm": {"eps": 1e-5, "statistics": "batch"}, "reference_size": 4}
    settings = {"latent_dim": 5, "sample_shape": (1, 12, 12), "hidden": [16, 16], **norm}
    return initialized(MLPGenerator, 0, "test", **settings).eval()


@pytest.mark.parametrize("make", [progan, mlp, by_batch])
def test_each_distance_is_a_batch_of_its_own(make):
    generator, counted = make(), []
    codes = drawn_codes(generator, 3, 0, "test")
    direction = factorize(generator.first_layer()).directions[0]
    distances = [-2.0, 0.0, 2.0]
    images = traverse(generator, codes, direction, distances, [0], most=512, drawn=counted.append)
    assert counted == [3, 3, 3]
    for step, distance in enumerate(distances):
        expected = as_bytes(generator.sample(codes + distance * direction.float()), 512)
        # Rounding may bring a value half way between two bytes to the other one.
        assert np.abs(images[:, step].astype(int) - expected).max() <= 1


def test_bytes_cover_the_range_and_large_images_are_averaged():
    images = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0]).reshape(5, 1, 1, 1).expand(5, 1, 4, 4)
    assert as_bytes(images, 4)[:, 0, 0, 0].tolist() == [0, 0, 128, 255, 255]
    halves = torch.tensor([[-1.0, 1.0], [-1.0, 1.0]])[None, None]
    assert as_bytes(halves, 1).tolist() == [[[[128]]]]
    assert as_bytes(torch.zeros(1, 3, 7, 7), 4).shape == (1, 4, 4, 3)


def test_a_strip_has_samples_down_and_distances_across(traversal):
    picture = strip(*traversal, "title", "note")
    # Only images have large areas of the values 10 to 50; text has none.
    centres = {}
    for value in (10, 20, 30, 40, 50):
        area = (picture == value).all(2)
        assert area.sum() >= 72 * 72
        rows, columns = np.nonzero(area)
        centres[value] = np.median(rows), np.median(columns)
    assert centres[10][1] < centres[20][1]
    assert centres[10][0] == centres[20][0] < centres[30][0] == centres[40][0] == centres[50][0]
    assert centres[40][1] == centres[10][1]


def test_a_film_sweeps_there_and_back(traversal):
    assert sweep_order(5) == [0, 1, 2, 3, 4, 3, 2, 1]
    assert sweep_order(2) == [0, 1]
    assert sweep_order(1) == [0]
    shown = [set(np.unique(frame[80])) for frame in frames(*traversal, "title", "note")]
    assert [sorted(values - {255}) for values in shown] == [[0, 30], [10, 40], [20, 50], [10, 40]]


@pytest.mark.parametrize(("channels", "steps"), [(1, 3), (3, 1)])
def test_films_can_be_read_back_and_are_the_same_each_time(channels, steps, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, steps, 9, 9, channels), dtype=np.uint8)
    traversal = images, distances_between(-1, 1, steps)
    expected = list(frames(*traversal, "title", "note"))
    for write, name in ((partial(write_gif, colours=256), "a.gif"), (partial(write_mp4, fps=10), "a.mp4")):
        write(tmp_path / name, frames(*traversal, "title", "note"))
        first = (tmp_path / name).read_bytes()
        write(tmp_path / name, expected)
        assert (tmp_path / name).read_bytes() == first
        assert b"Lavf" not in first
    film = iio.imread(tmp_path / "a.gif", index=None)
    assert len(film) == len(sweep_order(steps))
    assert np.abs(film[0][:, :, :3].astype(int) - expected[0]).mean() < 8
    count, _ = imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "a.mp4"))
    assert count == len(sweep_order(steps))
    video = iio.imread(tmp_path / "a.mp4", plugin="FFMPEG", index=0)
    assert video.shape == expected[0].shape
    assert video.shape[0] % 2 == video.shape[1] % 2 == 0
    assert np.abs(video.astype(int) - expected[0]).mean() < 12


@pytest.mark.parametrize("make", [progan, mlp])
def test_the_folder_holds_everything_once_and_the_same_each_time(make, tmp_path):
    folder = tmp_path / small_sefa().folder_of("g")
    assert folder.name == "g_N2_K3_seed0"
    contents = []
    for _ in range(2):
        metrics = explore(make(), "G", folder, small_sefa(), "not measured here")
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
        (folder / "left from before.png").touch()
    assert contents[0] == contents[1]
    assert set(contents[0]) == {"index.html"} | {
        f"semantic_{k}.{kind}" for k in (1, 2, 3) for kind in ("png", "gif", "mp4")
    }
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    eigenvalues = factorize(make().first_layer()).eigenvalues.tolist()
    assert metrics == {
        **{f"direction_{k + 1}": {"eigenvalue": float(f"{eigenvalues[k]:.6g}")} for k in range(3)},
        "not_measured": ["not measured here"],
    }
