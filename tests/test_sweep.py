"""Sweeps: which runs they consist of, their table, and runs on clusters whose workers die or are another project."""

import argparse
import csv
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import forks
import pytest
import yaml
from conftest import ROOT
from distributed import Client, LocalCluster

from saddle.data.points.builtin import write_points
from saddle.errors import UserError
from saddle.sweep.cluster import CONNECT_TIMEOUT, connected
from saddle.sweep.command import run
from saddle.sweep.rows import Row, rows_of
from saddle.sweep.table import Results, best, marks_of
from saddle.sweep.work import Measured

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@pytest.fixture
def project(params: dict[str, Any], tmp_path: Path) -> Path:
    """A folder in which the command runs: tiny settings, and the points."""
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "data/raw").mkdir(parents=True)
    write_points(tmp_path / "data/raw/points.mat")
    return tmp_path


def rows(project: Path, *variants: str, changes: tuple[str, ...] = (), seeds: str | None = None) -> list[Row]:
    return rows_of(project / "params.yaml", variants, changes, seeds)


def test_rows_are_all_combinations_in_the_order_of_the_arguments(project: Path) -> None:
    found = rows(project, "wgan", "gan", changes=("optimizer=sgd,adam", "points.max_points=30"), seeds="3,1")
    assert [(row.variant, row.settings.optimizer, row.seed) for row in found] == [
        (variant, optimizer, seed) for variant in ("wgan", "gan") for optimizer in ("sgd", "adam") for seed in (3, 1)
    ]
    assert {row.settings.points.max_points for row in found} == {30}
    assert {row.settings.seed for row in found} == {3, 1}
    assert found[0].name == "wgan optimizer=sgd points.max_points=30 seed=3"
    assert found[0].threads == 1


def test_values_are_read_as_dvc_reads_them(project: Path) -> None:
    key = "points.recipes.minibatch"
    found = rows(project, "gan", changes=(f"{key}.lr=1e-3,0.01", f"{key}.generator.hidden=[4, 5],[6]"))
    recipes = [row.settings.points.recipes["minibatch"] for row in found]
    assert [(recipe.lr, recipe.generator.hidden) for recipe in recipes] == [
        (0.001, [4, 5]),
        (0.001, [6]),
        (0.01, [4, 5]),
        (0.01, [6]),
    ]
    assert [row.seed for row in found] == [0] * 4


@pytest.mark.parametrize(
    ("variants", "changes", "seeds", "message"),
    [
        (["gan"], ["optimizer=adam,lion"], None, "optimizer=lion: optimizer is 'lion'; allowed: rmsprop, adam"),
        (["gan"], ["optimiser=adam"], None, "-S optimiser: params.yaml has no such key; did you mean optimizer?"),
        (["gan"], ["images.variants.dcgan.rl=1"], None, "no such key; did you mean images.variants.dcgan.lr?"),
        (["gan"], ["optimizer"], None, "-S 'optimizer'; it must be KEY=VALUE"),
        (["gan"], ["seed=1,2"], None, "give seeds by --seeds"),
        (["lion"], [], None, "'lion' is no variant of params.yaml; allowed: gan, wgan, wgan_gp, "),
    ],
)
def test_bad_arguments_are_one_line(
    project: Path, variants: list[str], changes: list[str], seeds: str | None, message: str
) -> None:
    with pytest.raises(UserError) as error:
        rows_of(project / "params.yaml", variants, changes, seeds)
    assert message in str(error.value)


def test_the_table_does_not_tell_which_run_ended_first(project: Path, tmp_path: Path) -> None:
    found = rows(project, "gan", changes=("optimizer=sgd,adam",), seeds="0:2")
    measured: dict[int, Measured] = {0: {"w2": 1.5}, 1: None, 2: {"w2": 0.25}, 3: {"w2": 2.0}}
    tables = []
    for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
        folder = tmp_path / str(order[0])
        results = Results.of(folder, found, [f"mark{number}" for number in range(4)])
        for number in order:
            results.add(number, measured[number])
            results.write()
            assert len((folder / "table.csv").read_text().splitlines()) == 1 + len(results.known)
        assert Results.of(folder, found, [f"mark{number}" for number in range(4)]).known == measured
        tables.append((folder / "table.csv").read_bytes())
    assert tables[0] == tables[1]
    assert tables[0].decode().splitlines() == [
        "variant,optimizer,seed,state,w2",
        "gan,sgd,0,trained,1.5",
        "gan,sgd,1,diverged,",
        "gan,adam,0,trained,0.25",
        "gan,adam,1,trained,2",
    ]


def test_the_best_settings_have_the_lowest_mean_and_no_run_that_diverged_or_is_missing(project: Path) -> None:
    changes = ("optimizer=sgd,adam,rmsprop", "points.recipes.minibatch.generator.hidden=[4, 5]")
    found = rows(project, "gan", changes=changes, seeds="0:2")
    known: dict[int, Measured] = {
        **{0: {"w2_ratio": 3.0}, 1: {"w2_ratio": 5.0}},
        **{2: {"w2_ratio": 1.0}, 3: None},
        4: {"w2_ratio": 2.0},
    }
    hidden = "points.recipes.minibatch.generator.hidden=[4, 5]"
    assert best(found, known) == (
        f"lowest w2_ratio: gan optimizer=sgd {hidden}, 4, the mean of 2 seeds (3 to 5)\n"
        f"as an experiment: dvc exp run -S optimizer=sgd -S '{hidden}' evaluate_points@gan"
    )
    known[5] = {"w2_ratio": 4.5}
    assert "optimizer=rmsprop" in str(best(found, known))
    assert best(found, {0: None, 3: {"w2_ratio": 1.0}}) is None


def test_a_mark_stands_for_a_row_and_what_it_is_measured_on(project: Path) -> None:
    found = rows(project, "gan", "wgan", changes=("optimizer=sgd,adam",), seeds="0:2")
    marks = marks_of(found, ["a"] * 8)
    assert len(set(marks)) == 8
    assert marks_of(found[3:4], ["a"]) == marks[3:4]
    assert marks_of(found[:1], ["b"]) != marks[:1]


def swept(project: Path, out: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [forks.python(), "-m", "saddle", "sweep", "gan", "--out", out, *arguments]
    return subprocess.run(
        command, cwd=project, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False, **options
    )


def sweep(**changed: Any) -> None:
    """The command in this process."""
    usual = {"variants": ["gan"], "set_param": [], "seeds": None, "scheduler": None, "workers": None, "out": "out"}
    run(argparse.Namespace(**{**usual, **changed}))


SWEEP = ("-S", "optimizer=rmsprop,adam", "--seeds", "0:2")


def test_a_sweep_as_typed_and_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = swept(project, "out", *SWEEP, "--workers", "1")
    assert first.returncode == 0, first.stderr
    with (project / "out/table.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [(row["optimizer"], row["seed"], row["state"]) for row in table] == [
        (optimizer, seed, "trained") for optimizer in ("rmsprop", "adam") for seed in ("0", "1")
    ]
    assert all(
        float(row["w2_ratio"]) == pytest.approx(float(row["w2"]) / float(row["w2_floor"]), rel=1e-4) for row in table
    )
    assert len({row["w2"] for row in table}) == 4
    means = {
        optimizer: sum(float(row["w2_ratio"]) for row in table if row["optimizer"] == optimizer) / 2
        for optimizer in ("rmsprop", "adam")
    }
    better = min(means, key=lambda optimizer: means[optimizer])
    counted, picture, lowest, command = first.stdout.splitlines()
    assert picture == "out/table.png: a dot for each of them"
    assert (project / "out/table.png").is_file()
    assert counted == "out/table.csv: 4 of 4 runs"
    assert lowest.startswith(f"lowest w2_ratio: gan optimizer={better}, {means[better]:.4g}, the mean of 2 seeds (")
    assert command == f"as an experiment: dvc exp run -S optimizer={better} evaluate_points@gan"

    # Again, where nothing is missing, nothing is trained.
    before = (project / "out/table.csv").read_bytes()
    (project / "out/table.csv").unlink()
    monkeypatch.chdir(project)
    monkeypatch.setattr("saddle.sweep.command.connected", None)
    monkeypatch.setattr("saddle.sweep.work.points.measure_floor", None)
    sweep(out="out", set_param=["optimizer=rmsprop,adam"], seeds="0:2")
    assert (project / "out/table.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"workers": 0}, "^--workers is 0; allowed: 1 to 10,000$"),
        ({"out": "file/below"}, "^--out is file/below; nothing can be written there$"),
    ],
)
def test_bad_places_are_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(project)
    Path("file").write_text("")
    with pytest.raises(UserError, match=message):
        sweep(**changed)


@pytest.mark.parametrize("key", ["--scheduler", "comparison.scheduler"])
def test_an_address_that_asks_for_certificates_without_any_is_one_line(key: str) -> None:
    expected = rf"^{key} is 'tls://127.0.0.1:1', but Dask knows no certificates; name them"
    with pytest.raises(UserError, match=expected), connected("tls://127.0.0.1:1", 1, key):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nowhere"])
def test_a_dead_scheduler_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CONNECT_TIMEOUT <= 30
    monkeypatch.setattr("saddle.sweep.cluster.CONNECT_TIMEOUT", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = address.format(port=free.getsockname()[1])
    expected = f"^--scheduler is '{dead}', but nothing answers there"
    with pytest.raises(UserError, match=expected), connected(dead, 1, "--scheduler"):
        pass
    # Or Python may clear it away while another one starts, which never ends.
    assert not [found for found in gc.get_objects() if type(found) is Client]


@pytest.mark.long
def test_a_worker_that_is_killed_changes_no_byte(project: Path) -> None:
    content = yaml.safe_load((project / "params.yaml").read_text())
    content["points"]["recipes"]["minibatch"].update(epochs=300, snapshot_every=100)
    (project / "params.yaml").write_text(yaml.safe_dump(content))
    local = swept(project, "local", *SWEEP)
    assert local.returncode == 0, local.stderr
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        far = ("--out", "far", *SWEEP, "--scheduler", cluster.scheduler_address)
        command = [sys.executable, "-m", "saddle", "sweep", "gan", *far]
        with subprocess.Popen(command, cwd=project, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as sweep:
            while not list((project / "far").glob("runs/*.json")):
                assert sweep.poll() is None, sweep.stderr.read() if sweep.stderr else ""
                time.sleep(0.02)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            _, errors = sweep.communicate(timeout=200)
    assert sweep.returncode == 0, errors
    assert (project / "far/table.csv").read_bytes() == (project / "local/table.csv").read_bytes()
