"""The benchmarks: all sides do the same work, the figures follow from the measurements, the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT
from mnist_format import data_set, md5_table, write_files
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks import project
from benchmarks.clock import Measurement, Training, measure
from benchmarks.plain import images as plain_images
from benchmarks.plain import points as plain_points
from benchmarks.results import HEADER, figures, table
from benchmarks.rows import ROWS, SIDES

CPU = torch.device("cpu")


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


def trainings(name: str, mnist: Path) -> list[Training]:
    """That of each side, the project's first."""
    row = ROWS[name]
    ours = project.training(row, project.settings_for(CPU, row.precision), mnist)
    if row.experiment == "points":
        return [ours, *(plain_points.training(row.variant, "rmsprop", CPU, good) for good in (True, False))]
    bf16 = row.precision == "bf16"
    return [ours, *(plain_images.training(row.variant, mnist, CPU, good, bf16=bf16) for good in (True, False))]


def updates(training: Training) -> list[tuple[str, float, object, int]]:
    """Of one step: each update's optimizer, learning rate and betas, and how many numbers it changed, in order."""
    seen = []

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        (group,) = optimizer.param_groups
        sizes = [parameter.numel() for parameter in group["params"]]
        seen.append((type(optimizer).__name__, float(group["lr"]), group.get("betas"), sum(sizes)))

    handle = register_optimizer_step_post_hook(note)
    try:
        next(training)
    finally:
        handle.remove()
    return seen


@pytest.mark.parametrize("name", ["gan", "wgan_gp", "mlp", "dcgan"])
def test_all_sides_update_the_same_numbers_alike_and_in_the_same_order(name: str, mnist: Path) -> None:
    ours, good, literal = map(updates, trainings(name, mnist))
    assert len(ours) == 2
    assert ours == good == literal


def test_the_clock_starts_after_the_warm_up() -> None:
    done: list[int] = []

    def steps() -> Iterator[object]:
        while True:
            yield done.append(len(done))

    found = measure(steps(), 40, CPU, "fp32")
    assert len(done) == 1 + 4 + 40  # counted, warmed up, timed
    assert (found.steps, found.flops) == (40, 0)
    assert 0 < found.seconds < 60
    assert found.matrix_flops > 1e6
    assert found.peak_memory > 1 << 20


def round_of(project_seconds: float, good_seconds: float) -> dict[str, Measurement]:
    """Of 10 steps with 3 FLOP each, on a machine of 40 FLOP/s, two thirds of a core busy; the literal loop as good."""
    one = Measurement(10, project_seconds, project_seconds / 1.5, 2_000_000, 3.0, 40.0)
    plain = replace(one, seconds=good_seconds, cpu_seconds=good_seconds / 1.5, flops=5.0)
    return {"project": one, "good": plain, "literal": plain}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    # In the second round the whole machine was ten times slower: its ratio says no less than the others.
    found = figures([round_of(1.0, 2.0), round_of(10.0, 30.0), round_of(1.0, 8.0)])
    good = found["good"]
    assert (good["ratio"], good["lowest"], good["highest"]) == pytest.approx((3.0, 2.0, 8.0))
    assert found["project"]["steps_per_second"] == 10.0
    assert found["project"]["share_of_peak"] == pytest.approx(3 * 10 / 40)
    assert good["share_of_peak"] == pytest.approx(3 * (10 / 8) / 40)
    assert good["cores"] == pytest.approx(2 / 3)
    lines = table({"gan": found}).splitlines()
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {len(HEADER) + 1}
    assert "| 3.00 (2.00 to 8.00) | 3.00 (2.00 to 8.00) |" in lines[2]


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
    assert first.endswith(f"PyTorch {torch.__version__}, rounds a row: 1")
    assert [line.split(" | ")[0] for line in lines] == ["| row", "| ---", "| gan"]
    written = json.loads(file.read_text())
    (measurements,) = written["rounds"]["gan"]
    assert set(measurements) == set(SIDES)
    assert measurements["project"]["steps"] == 2
    assert written["figures"]["gan"]["good"]["ratio"] == pytest.approx(
        measurements["good"]["seconds"] / measurements["project"]["seconds"]
    )
