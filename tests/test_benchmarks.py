"""The benchmarks: both sides do the same work, the figures follow from the measurements, the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT
from mnist_format import data_set, md5_table, write_files
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks.measuring.clock import measure, step_flops
from benchmarks.measuring.pairs import check_same_work
from benchmarks.measuring.results import result_of
from benchmarks.measuring.table import HEADER, table
from benchmarks.plain import points as plain_points
from benchmarks.plain import side as plain
from benchmarks.plain.mnist_images import MNISTImages
from benchmarks.project import side as project
from benchmarks.rows import ROWS, grid_runs, warm_up
from benchmarks.training import Training
from saddle.core.network import Discriminator
from saddle.data.mnist.dataset import load_mnist, normalized
from saddle.errors import UserError
from saddle.networks.convolutions import narrow, upsampling
from saddle.networks.mlp import MLPDiscriminator
from saddle.training.constraints import gradient_penalty
from saddle.training.optimizers import SGD, Adam, RMSprop

CPU = torch.device("cpu")
SINGLE = [name for name in ROWS if name != "grid"]


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the data are; and with one thread, since two on a busy machine wait for each other."""
    monkeypatch.chdir(ROOT)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the stage fetch_mnist leaves it, with 120 training images."""
    files = data_set(train=120)
    folder = write_files(tmp_path_factory.mktemp("mnist"), files)
    (folder / "source.json").write_text(json.dumps({"dataset": "mnist", "md5": md5_table(files)}))
    return folder


def both(name: str, mnist: Path) -> tuple[Training, Training]:
    """The project's side of a row, and the plain one."""
    row = ROWS[name]
    settings = project.on_one_thread(project.settings_for(CPU, row.precision))
    return project.training(row, settings, mnist), plain.training(row, CPU, mnist)


def first_layer(network: nn.Module) -> nn.Module:
    return next(module for module in network.modules() if list(module.parameters(recurse=False)))


def samples_and_updates(training: Training) -> tuple[int, int, int]:
    """Of one step: samples that go into the generator and into the discriminator, and updates by an optimizer."""
    seen = [0, 0]
    updates = 0

    def count_update(*_: Any) -> None:
        nonlocal updates
        updates += 1

    for index, network in enumerate((training.generator, training.discriminator)):

        def count(module: nn.Module, inputs: tuple[Tensor, ...], index: int = index) -> None:
            seen[index] += len(inputs[0])

        first_layer(network).register_forward_pre_hook(count)
    handle = register_optimizer_step_post_hook(count_update)
    with pytest.MonkeyPatch.context() as patched:
        for own in (RMSprop, Adam, SGD):
            patched.setattr(own, "step", lambda self, step=own.step: (count_update(), step(self)))
        try:
            next(training.steps)
        finally:
            handle.remove()
    return seen[0], seen[1], updates


@pytest.mark.parametrize("name", SINGLE)
def test_both_sides_have_the_same_networks_and_batches(name: str, mnist: Path) -> None:
    ours, theirs = both(name, mnist)
    assert ours.work() == theirs.work()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gan", (2 * 256, 3 * 256, 2)),
        # The generator's update; then five times fakes, and real ones, fakes and points between them to the critic.
        ("wgan_gp", (6 * 256, 256 + 5 * 3 * 256, 6)),
        ("mlp", (2 * 100, 3 * 100, 2)),
        # Both networks are updated on the same fakes.
        ("dcgan", (64, 3 * 64, 2)),
        ("dcgan_bf16", (64, 3 * 64, 2)),
    ],
)
def test_a_step_is_the_same_work_on_both_sides(
    name: str, expected: tuple[int, int, int], mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In bf16 a convolution takes a CPU a hundred times as long.
    autocasts: list[tuple[Any, ...]] = []
    monkeypatch.setattr(torch, "autocast", lambda *how, **_: nullcontext(autocasts.append(how)))
    ours, theirs = both(name, mnist)
    for training in (ours, theirs):
        autocasts.clear()
        assert samples_and_updates(training) == expected
        if ROWS[name].precision == "bf16":
            assert set(autocasts) == {("cpu", torch.bfloat16)}


def test_the_variants_of_the_grid_are_the_same_work_with_every_optimizer() -> None:
    settings = project.on_one_thread(project.settings_for(CPU, "fp32"))
    points = project.training_points(settings)
    assert len(set(grid_runs())) == 27
    for variant, optimizer, seed in grid_runs():
        if seed == 0:
            ours = project.points_training(settings, variant, optimizer, points)
            theirs = plain.points_training(variant, optimizer, CPU)
            assert ours.work() == theirs.work()
            assert samples_and_updates(ours) == samples_and_updates(theirs)


def test_a_step_of_the_points_gan_takes_about_as_many_operations(mnist: Path) -> None:
    ours, theirs = map(step_flops, both("gan", mnist))
    assert ours <= theirs <= 1.03 * ours


@pytest.mark.parametrize("name", ["gan", "mlp", "dcgan"])
def test_without_its_shortcuts_the_project_takes_exactly_as_many_operations(
    name: str, mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backward = torch.Tensor.backward

    def upsample_then_convolve(images: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return conv2d(interpolate(images, scale_factor=2), weight, bias, padding=1)

    monkeypatch.setattr(torch.Tensor, "backward", lambda self, inputs=None: backward(self))
    monkeypatch.setattr(upsampling, "upsampled_conv2d", upsample_then_convolve)
    monkeypatch.setattr(narrow, "narrow_conv2d", lambda images, weight, bias: conv2d(images, weight, bias, padding=1))
    ours, theirs = map(step_flops, both(name, mnist))
    assert ours == theirs


def test_the_plain_penalty_is_the_projects() -> None:
    critic = MLPDiscriminator(sample_shape=(2,), hidden=[8, 8], negative_slope=0.2)
    rng = torch.Generator().manual_seed(3)
    real, fake = torch.randn(2, 50, 2, generator=rng)
    torch.manual_seed(7)
    theirs = plain_points.gradient_penalty(critic, real, fake)
    again = torch.Generator().manual_seed(7)
    ours = gradient_penalty(critic, real, fake, lambda count: torch.rand(count, generator=again))
    torch.testing.assert_close(theirs, ours)
    assert type(critic).input_gradient is not Discriminator.input_gradient


def test_the_plain_images_are_the_projects(mnist: Path) -> None:
    images = load_mnist(mnist).train_images[:5]
    shown = MNISTImages(mnist)
    torch.testing.assert_close(torch.stack([shown[index] for index in range(5)]), normalized(images, 28))
    # Resized, PIL rounds to whole grey values, 2 / 255 apart.
    resized = MNISTImages(mnist, 32)
    both_sizes = torch.stack([resized[index] for index in range(5)]) - normalized(images, 32)
    assert both_sizes.abs().max() <= 1.01 / 127.5


def test_the_clock_starts_after_the_warm_up() -> None:
    done: list[int] = []

    def steps() -> Any:
        while True:
            done.append(len(done))
            yield

    network = nn.Linear(2, 1)
    measured = measure(Training(steps(), network, network, 5, 1), 4, 3, CPU, "fp32", counted=None)
    assert len(done) == 7
    assert measured.steps == 4
    assert 0 < measured.seconds < 60
    assert measured.matrix_flops > 1e6
    assert measured.peak_memory > 1 << 20
    assert measured.flops_per_step is None
    assert warm_up(5) == 1
    assert warm_up(300) == 30


def pair(project_seconds: float, plain_seconds: float) -> dict[str, dict[str, Any]]:
    """Measurements of 10 steps with 3 FLOP each, on a machine of 40 FLOP/s, two thirds of a core busy."""

    def side(seconds: float) -> dict[str, Any]:
        return {
            "steps": 10,
            "seconds": seconds,
            "cpu_seconds": seconds / 1.5,
            "peak_memory": 2e6,
            "flops_per_step": 3,
            "matrix_flops": 40.0,
            "work": {"batch": 5},
        }

    return {"project": side(project_seconds), "plain": {**side(plain_seconds), "flops_per_step": None}}


def test_a_ratio_is_the_median_of_the_pairs() -> None:
    # In the second pair the whole machine was ten times slower: its ratio says no less than the others.
    result = result_of([pair(1.0, 2.0), pair(10.0, 30.0), pair(1.0, 8.0)])
    assert (result.ratio, result.lowest, result.highest) == pytest.approx((3.0, 2.0, 8.0))
    assert result.sides["project"].steps_per_second == 10.0
    assert result.sides["project"].share_of_peak == pytest.approx(3 * 10 / 40)
    assert result.sides["plain"].share_of_peak == pytest.approx(3 * (10 / 8) / 40)
    assert result.sides["plain"].cores == pytest.approx(2 / 3)
    lines = table({"gan": result}).splitlines()
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {len(HEADER) + 1}
    assert "| 3.00 (2.00 to 8.00) |" in lines[2]


def test_different_work_is_not_compared() -> None:
    other = pair(1.0, 2.0)
    other["project"]["work"] = {"batch": 6}
    check_same_work("gan", pair(1.0, 2.0))
    with pytest.raises(UserError, match=r"^row gan: the project has batch 6, the plain loop 5; only "):
        check_same_work("gan", other)


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    # PyTorch's default is then one thread, as in the fixture above.
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_a_row_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "results/bench.json"
    result = command("--rows", "gan", "--repeats", "1", "--steps", "2", "--json", str(file))
    assert result.returncode == 0, result.stderr
    first, _, *lines = result.stdout.splitlines()
    assert f"PyTorch {torch.__version__}" in first
    assert first.endswith("; device cpu, pairs a row: 1")
    assert [line.split(" | ")[0] for line in lines] == ["| row", "| ---", "| gan"]
    row = json.loads(file.read_text())["rows"]["gan"]
    (measured,) = row["pairs"]
    assert (measured["project"]["steps"], measured["project"]["threads"]) == (2, 1)
    assert row["ratio"] == pytest.approx(measured["plain"]["seconds"] / measured["project"]["seconds"])
    ours = measured["project"]
    busy = ours["flops_per_step"] * 2 / ours["seconds"]
    assert row["sides"]["project"]["share_of_peak"] == pytest.approx(busy / ours["matrix_flops"])
    assert "benchmarks" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "vae"], "argument --rows: has no row 'vae'; allowed: gan, wgan_gp, mlp, dcgan, dcgan_bf16, grid"),
        (["--rows", "gan,gan"], "argument --rows: names a row twice: 'gan,gan'"),
        (["--rows", ""], "argument --rows: has no row ''; allowed: gan"),
        (["--repeats", "0"], "argument --repeats: is '0'; it must be a whole number from 1 to 1000"),
        (["--steps", "-3"], "argument --steps: is '-3'; it must be a whole number from 1 to 10000000"),
        (["--steps", "9" * 5000], f"argument --steps: is '{'9' * 40}'; it must be"),
        (["--device", "tpu"], "argument --device: invalid choice: 'tpu'"),
        (["--seed", "1"], "unrecognized arguments: --seed 1"),
        (["--json", "."], "--json is ., a folder; give a file's name"),
        (["--mnist", "/no/such"], "/no/such/source.json: no such file; fetch the data first: dvc repro fetch_mnist"),
    ],
)
def test_bad_arguments_are_told_in_a_line(arguments: list[str], message: str, mnist: Path) -> None:
    given = ["--mnist", str(mnist), *arguments]
    result = command(*given)
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("\n") == 1
    assert len(result.stderr) < 400


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_a_missing_gpu_is_told_in_a_line() -> None:
    result = command("--device", "cuda", "--rows", "gan", "--repeats", "1", "--steps", "1")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(
        "error: row gan, points, GAN of R3, project side: --device is cuda, but PyTorch sees no CUDA"
    )
