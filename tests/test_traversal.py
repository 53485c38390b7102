"""SeFa's images: codes moved along directions within a limit of memory, strips, films, and the stages themselves."""

import json
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
import torch
from PIL import Image
from sefa_plan import small_plan
from torch import nn

from saddle.config import SefaFile, load_settings
from saddle.core.network import Generator, initialized
from saddle.errors import UserError
from saddle.networks.mlp.network import MLPGenerator
from saddle.networks.progan.network import ProGANGenerator
from saddle.sefa.explore import Plan, explore
from saddle.sefa.factorization import factorize
from saddle.sefa.film import frames, sweep_order, write_gif, write_mp4
from saddle.sefa.lettering import distance_labels, resized
from saddle.sefa.memory import bytes_per_image, images_per_batch
from saddle.sefa.png import write_png
from saddle.sefa.strip import write_strip
from saddle.sefa.traversal import Drawing, Sweep, Traversal, as_bytes, check_draws_images, drawn_codes, moved, traverse
from stages import sefa, sefa_checkpoint

CPU = torch.device("cpu")
ROOT = Path(__file__).resolve().parents[1]


def progan(**settings):
    settings = {"latent_dim": 6, "resolution": 16, "channels": 3, "fmaps_base": 64, "fmaps_max": 8, **settings}
    return initialized(ProGANGenerator, 0, "test", **settings).eval()


def mlp(side=12):
    return initialized(MLPGenerator, 0, "test", latent_dim=5, sample_shape=(1, side, side), hidden=[16]).eval()


@pytest.fixture
def traversal():
    """Two samples at three distances, in colour. All values in image number i are 10 i."""
    values = np.repeat(np.arange(6, dtype=np.uint8) * 10, 8 * 8 * 3)
    return Traversal(values.reshape(2, 3, 8, 8, 3), [-1.0, 0.0, 1.0])


def test_distances_are_even_and_contain_zero_exactly():
    assert Sweep(-3, 3, 5).distances() == [-3.0, -1.5, 0.0, 1.5, 3.0]
    assert Sweep(-3, 3, 11).distances()[5] == 0.0
    assert Sweep(-2, 5, 1).distances() == [-2.0]
    assert distance_labels(Sweep(-3, 3, 5).distances()) == ["−3.0", "−1.5", "0.0", "+1.5", "+3.0"]
    assert distance_labels([0.0, 0.05]) == ["0.00", "+0.05"]


@pytest.mark.parametrize(("start", "stop"), [(3, 3), (3, -3), (float("nan"), 1), (0, float("inf"))])
def test_start_must_be_below_stop(start, stop):
    with pytest.raises(UserError, match=r"start is .* and stop is .*; allowed: start below stop"):
        Sweep(start, stop, 3)


@pytest.mark.parametrize("steps", [0, -1])
def test_there_must_be_a_step(steps):
    with pytest.raises(UserError, match=f"steps is {steps}; allowed: at least 1"):
        Sweep(-3, 3, steps)


@pytest.mark.parametrize("name", ["num_samples", "num_semantics", "strip_size", "page_size"])
def test_there_must_be_something_to_draw(name):
    with pytest.raises(UserError, match=f"{name} is 0; allowed: at least 1"):
        small_plan(**{name: 0})


def test_more_semantics_than_latent_dimensions_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(UserError, match="num_semantics is 6; allowed: 1 to 5, the generator's latent size"):
        explore(mlp(), "MLP", tmp_path / "out", small_plan(num_semantics=6), "", CPU, quiet=True)
    assert list(tmp_path.iterdir()) == []


def with_settings(monkeypatch, **changes):
    """Let the stages read params.yaml with `changes` in its section sefa."""
    settings = load_settings(ROOT / "params.yaml")
    changed = settings.model_copy(update={"sefa": settings.sefa.model_copy(update=changes)})
    for stage in (sefa, sefa_checkpoint):
        monkeypatch.setattr(stage, "load_settings", lambda: changed)


def test_a_generator_that_is_not_chosen_is_refused(monkeypatch):
    with_settings(monkeypatch)
    with pytest.raises(UserError, match=r"sefa\.generators has no 'mlp'; it has: progan, dcgan, faces"):
        sefa.main("mlp")
    with_settings(monkeypatch, generators={})
    with pytest.raises(UserError, match=r"sefa\.generators has no 'mlp'; it has: nothing"):
        sefa.main("mlp")


def test_a_checkpoint_that_has_no_path_is_refused(monkeypatch):
    with_settings(monkeypatch, checkpoints={"faces": SefaFile(file="a.pth"), "cars": SefaFile(file="b.pth")})
    with pytest.raises(UserError, match=r"sefa\.checkpoints has no 'cats'; it has: faces, cars"):
        sefa_checkpoint.main("cats")
    with_settings(monkeypatch, checkpoints={})
    with pytest.raises(UserError, match=r"sefa\.checkpoints has no 'cats'; it has: nothing"):
        sefa_checkpoint.main("cats")


def test_a_checkpoint_is_explored_under_its_name(monkeypatch, tmp_path):
    torch.save({"generator": progan().state_dict()}, tmp_path / "b.pth")
    with_settings(monkeypatch, checkpoints={"cars": SefaFile(file="b.pth")}, num_samples=1, num_semantics=2, steps=2)
    monkeypatch.chdir(tmp_path)
    sefa_checkpoint.main("cars")
    pictures = {path.name for path in (tmp_path / "plots/sefa/cars_N1_K2_seed0").iterdir()}
    assert pictures == {"index.html"} | {f"semantic_{k}.{kind}" for k in (1, 2) for kind in ("png", "gif", "mp4")}
    metrics = json.loads((tmp_path / "metrics/sefa/cars.json").read_text())
    assert metrics.keys() == {"direction_1", "direction_2", "not_measured"}


def test_the_plan_is_what_the_settings_say():
    settings = load_settings(ROOT / "params.yaml").sefa
    found = Plan.of(settings)
    for name in ("num_samples", "num_semantics", "seed", "strip_size", "page_size", "memory_gb", "sampler"):
        assert getattr(found, name) == getattr(settings, name)
    assert found.layers == tuple(settings.layers)
    assert found.sweep == Sweep(settings.start, settings.stop, settings.steps)


def test_a_generator_of_points_is_refused():
    points = MLPGenerator(latent_dim=2, sample_shape=(2,), hidden=[4])
    with pytest.raises(UserError, match=r"samples have shape \(2,\); allowed: square images of 1 or 3 channels"):
        check_draws_images(points)


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


def test_the_sampler_decides_what_is_drawn(tmp_path):
    pictures = []
    for sampler in ("numpy", "torch"):
        explore(mlp(), "MLP", tmp_path / sampler, small_plan(num_semantics=1, sampler=sampler), "", CPU, quiet=True)
        pictures.append((tmp_path / sampler / "semantic_1.png").read_bytes())
    assert pictures[0] != pictures[1]


def test_codes_are_moved_by_the_distance_along_the_direction():
    codes, direction = torch.randn(2, 4), torch.tensor([0, 1.0, 0, 0]).double()
    assert torch.equal(moved(codes, direction, 0.0), codes)
    torch.testing.assert_close(moved(codes, direction, 2.5) - codes, 2.5 * direction.float().expand(2, 4))
    torch.testing.assert_close(moved(codes, direction, -1.0) - codes, -direction.float().expand(2, 4))


def by_batch():
    """An MLP that normalizes what it draws by the batch, in batches of four."""
    norm = {"batch_norm": {"eps": 1e-5, "statistics": "batch"}, "reference_size": 4}
    settings = {"latent_dim": 5, "sample_shape": (1, 12, 12), "hidden": [16, 16], **norm}
    return initialized(MLPGenerator, 0, "test", **settings).eval()


def test_each_distance_is_a_batch_of_its_own(tmp_path):
    generator = by_batch()
    codes, direction = drawn_codes(generator, 3, 0, "test"), torch.eye(5)[0]
    result = traverse(Drawing(generator, CPU, 100), codes, direction, [-2.0, 0.0, 2.0], tmp_path / "a", most=512)
    for step, distance in enumerate(result.distances):
        expected = as_bytes(generator.sample(codes + distance * direction), 512)
        np.testing.assert_array_equal(result.images[:, step], expected)


@pytest.mark.parametrize("make", [progan, mlp])
@pytest.mark.parametrize("batch", [1, 4, 100])
def test_a_traversal_holds_what_the_generator_draws_in_batches_of_any_size(make, batch, tmp_path):
    generator = make()
    codes = drawn_codes(generator, 2, 0, "test")
    direction = factorize(generator.first_layer()).directions[0]
    counted = []
    drawing = Drawing(generator, CPU, batch, counted.append)
    result = traverse(drawing, codes, direction, [-2.0, 0.0, 2.0], tmp_path / "a.images", most=512)
    assert sum(counted) == 6
    assert max(counted) <= batch
    for sample in range(2):
        for step, distance in enumerate(result.distances):
            expected = as_bytes(generator.sample(codes[sample : sample + 1] + distance * direction.float()), 512)[0]
            # With another batch size, a value half way between two bytes may be rounded to the other one.
            assert np.abs(result.images[sample, step].astype(int) - expected).max() <= 1


def test_bytes_cover_the_range_and_large_images_are_averaged():
    images = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0]).reshape(5, 1, 1, 1).expand(5, 1, 4, 4)
    assert as_bytes(images, 4)[:, 0, 0, 0].tolist() == [0, 0, 128, 255, 255]
    halves = torch.tensor([[-1.0, 1.0], [-1.0, 1.0]])[None, None]
    assert as_bytes(halves, 1).tolist() == [[[[128]]]]
    assert as_bytes(torch.zeros(1, 3, 7, 7), 4).shape == (1, 4, 4, 3)


def test_shrinking_averages_and_growing_repeats():
    image = np.arange(16, dtype=np.uint8).reshape(4, 4, 1) * 8
    assert np.array_equal(resized(image, 8), image.repeat(2, 0).repeat(2, 1))
    assert resized(image, 2)[0, 0, 0] == image[:2, :2].mean()
    assert resized(image, 4) is image


def test_memory_is_estimated_from_shapes_alone():
    small, large = progan(), progan(resolution=64)
    assert 4 * bytes_per_image(small) < bytes_per_image(large) < 32 * bytes_per_image(small)
    with torch.device("meta"):
        paper = ProGANGenerator(latent_dim=512, resolution=1024).eval()
    # Measured: drawing one image takes 0.4 GB beyond the weights.
    assert 0.3e9 < bytes_per_image(paper) < 0.8e9
    assert 2 <= images_per_batch(paper, 2.0) <= 6
    assert images_per_batch(small, 2.0) == 256
    with pytest.raises(UserError, match=r"memory_gb is 0\.1; allowed: at least 0\.\d+, which one image of 1024 x 1024"):
        images_per_batch(paper, 0.1)


class Recorder(Generator):
    """Records how many images it is asked for at once."""

    def __init__(self):
        super().__init__({})
        self.latent_dim, self.sample_shape = 4, (1, 32, 32)
        self.layer = nn.Linear(4, 32 * 32)
        self.batches = []

    def forward(self, latents):
        self.batches.append(len(latents))
        return self.layer(latents).reshape(-1, 1, 32, 32)


def test_batches_keep_to_the_bound_of_memory(tmp_path):
    generator = Recorder().eval()
    bound = 2.5 * bytes_per_image(generator) / 1e9
    explore(generator, "R", tmp_path / "out", small_plan(memory_gb=bound), "", CPU, quiet=True)
    assert max(generator.batches) == 2


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_written_in_bands_is_the_picture(channels, tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (50, 33, channels), dtype=np.uint8)
    picture[10:30] = np.arange(20, dtype=np.uint8)[:, None, None]
    write_png(tmp_path / "a.png", 50, 33, channels, np.split(picture, [1, 12, 40]))
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.mode == {1: "L", 3: "RGB"}[channels]
        assert np.array_equal(np.asarray(image).reshape(picture.shape), picture)


def test_bands_that_do_not_make_up_the_picture_are_refused(tmp_path):
    with pytest.raises(ValueError, match="the bands have 4 rows; expected 5"):
        write_png(tmp_path / "a.png", 5, 3, 1, [np.zeros((4, 3, 1), np.uint8)])
    with pytest.raises(ValueError, match=r"a band has shape \(5, 4, 1\)"):
        write_png(tmp_path / "a.png", 5, 3, 1, [np.zeros((5, 4, 1), np.uint8)])


def test_a_strip_has_samples_down_and_distances_across(traversal, tmp_path):
    write_strip(tmp_path / "a.png", traversal, "title", "note")
    picture = np.asarray(Image.open(tmp_path / "a.png"))
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
    shown = [set(np.unique(frame[80])) for frame in frames(traversal, "title", "note")]
    assert [sorted(values - {255}) for values in shown] == [[0, 30], [10, 40], [20, 50], [10, 40]]


def test_films_keep_to_a_size_that_fits_a_screen():
    side, samples = 256, 30
    frame = next(frames(Traversal(np.zeros((samples, 1, side, side, 1), np.uint8), [0.0]), "title", "note"))
    assert frame.shape[0] <= 740
    assert frame.shape[1] <= 1320
    assert (frame == 0).all(2).sum() > samples * 100 * 100


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("steps", [1, 3])
def test_films_can_be_read_back_and_are_the_same_each_time(channels, steps, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, steps, 9, 9, channels), dtype=np.uint8)
    traversal = Traversal(images, Sweep(-1, 1, steps).distances())
    expected = list(frames(traversal, "title", "note"))
    for write, name in ((write_gif, "a.gif"), (write_mp4, "a.mp4")):
        write(tmp_path / name, traversal, "title", "note")
        first = (tmp_path / name).read_bytes()
        write(tmp_path / name, traversal, "title", "note")
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
    folder = tmp_path / small_plan().folder_name("g")
    assert folder.name == "g_N2_K3_seed0"
    contents = []
    for _ in range(2):
        metrics = explore(make(), "G", folder, small_plan(), "not measured here", CPU, quiet=True)
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


def test_a_failure_leaves_the_folder_of_before(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "index.html").write_text("before")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("saddle.sefa.explore.write_mp4", fail)
    with pytest.raises(OSError, match="disk full"):
        explore(mlp(), "MLP", folder, small_plan(), "", CPU, quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in folder.iterdir()] == ["index.html"]


def test_strips_of_large_images_are_drawn_at_the_stated_size(tmp_path):
    generator = progan(resolution=128, fmaps_base=256, fmaps_max=4)
    sizes = {}
    for size in (80, 512):
        explore(generator, "G", tmp_path / str(size), small_plan(num_semantics=1, strip_size=size), "", CPU, quiet=True)
        sizes[size] = Image.open(Path(tmp_path / str(size) / "semantic_1.png")).size
    assert sizes[512][1] - sizes[80][1] == 2 * (128 - 80)
