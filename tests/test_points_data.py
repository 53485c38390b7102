"""Reading and splitting points.mat: the right file, and every wrong one."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from conftest import ROOT

from saddle.data.points.builtin import STROKES, builtin_points, fresh_points, write_points
from saddle.data.points.dataset import Points, Split, held_out, none_held_out, read_points
from saddle.errors import UserError


@pytest.fixture
def mat(tmp_path: Path) -> Path:
    return tmp_path / "points.mat"


def opaque(kind: bytes) -> bytes:
    """A variable `xx` of one of MATLAB's own classes, as a file holds it: a name for what is kept elsewhere."""

    def element(number: int, content: bytes) -> bytes:
        return struct.pack("<2I", number, len(content)) + content.ljust(-(-len(content) // 8) * 8, b"\0")

    dimensions = struct.pack("<2I2i", 5, 8, 6, 1)
    key = struct.pack("<4I", 6, 8, 13, 0) + dimensions + element(1, b"") + element(6, struct.pack("<6I", *range(6)))
    names = element(1, b"xx") + element(1, b"MCOS") + element(1, kind)
    return element(14, struct.pack("<4I", 6, 8, 17, 0) + names + element(14, key))


@pytest.mark.parametrize("kind", ["table", "datetime"])
def test_matlabs_own_objects_are_named_and_do_not_hide_the_points_beside_them(kind: str, mat: Path) -> None:
    points = np.arange(6.0).reshape(3, 2)
    scipy.io.savemat(mat, {"yy": points})
    mat.write_bytes(mat.read_bytes() + opaque(kind.encode()))
    assert np.array_equal(read_points(mat, "yy"), points)
    with pytest.raises(UserError, match=f"variable 'xx' holds a {kind}; expected an n x 2 matrix of real numbers"):
        read_points(mat, "xx")
    with pytest.raises(UserError, match="has no variable 'zz'; it holds: xx, yy"):
        read_points(mat, "zz")


def test_the_shipped_file_is_the_one_that_the_script_makes(mat: Path) -> None:
    shipped = scipy.io.loadmat(ROOT / "data/raw/points.mat")
    made = builtin_points()
    assert {name for name in shipped if not name.startswith("__")} == {*"abcd", "xx"} == set(made)
    for name, value in made.items():
        np.testing.assert_allclose(shipped[name], value, atol=1e-12)
    write_points(mat)
    again = mat.read_bytes()
    write_points(mat)
    assert mat.read_bytes() == again


def test_the_built_in_strokes_are_the_reports_gaussians() -> None:
    points = builtin_points()
    assert points["xx"].shape == (8192, 2)
    np.testing.assert_allclose(points["xx"], 0.5 + 0.04 * np.concatenate([points[name] for name in "abcd"]))
    for name, (mean, eigenvalues, direction) in STROKES.items():
        sample = points[name]
        # Four standard errors of a mean and of a variance over 2,048 points.
        np.testing.assert_allclose(sample.mean(0), mean, atol=4 * (eigenvalues[1] / 2048) ** 0.5)
        values, vectors = np.linalg.eigh(np.cov(sample.T))
        np.testing.assert_allclose(values, eigenvalues, rtol=4 * (2 / 2048) ** 0.5)
        assert abs(vectors[:, 1] @ np.array(direction)) > 0.999


# Kernels of OpenBLAS, and the feature of a processor that each needs; the first runs on every x86-64.
KERNELS = {"Prescott": "SSE3", "Haswell": "AVX2", "SkylakeX": "AVX512_SKX"}
DATA_ALONE = """
import hashlib, numpy as np
from saddle.data.points.builtin import builtin_points
from saddle.data.points.dataset import held_out, none_held_out
from saddle.metrics.points.measuring import PointsProtocol, measure_floor
from saddle.core.files import rounded

points = builtin_points()["xx"]
splits = held_out(points, "xx", 7000, 0, "f"), none_held_out(points, "xx", 1192, 0, "f")
for split in splits:
    print([hashlib.sha256(part.tobytes()).hexdigest() for part in (split.train, split.test, split.others)])
protocol = PointsProtocol(draws=2, max_points=200, projections=50, neighbours=5, fit_threshold=2.5, floor_error=9.0)
print({name: rounded(value) for name, value in measure_floor(split.others, split.test, protocol, 0).items()})
"""


def test_the_data_and_their_own_metrics_are_the_same_on_every_processor() -> None:
    """Or every stage would run again on another machine, and the floor would show in every diff."""
    features = np._core._multiarray_umath.__cpu_features__
    kernels = [kernel for kernel, feature in KERNELS.items() if features.get(feature)]
    if len(kernels) < 2:
        pytest.skip("this processor runs only one kernel")
    oldest, newest = kernels[0], kernels[-1]
    said = {
        kernel: subprocess.run(
            [sys.executable, "-c", DATA_ALONE], cwd=ROOT, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": "src", "OPENBLAS_CORETYPE": kernel},
        ).stdout
        for kernel in (oldest, newest)
    }  # fmt: skip
    assert said[oldest].count("\n") == 3
    assert said[oldest] == said[newest]


def test_the_split_loses_nothing_and_shares_nothing() -> None:
    points = np.arange(40.0).reshape(20, 2)
    split = held_out(points, "xx", 15, 0, "f")
    assert split.train.shape == (15, 2)
    assert split.test.shape == (5, 2)
    assert sorted(np.concatenate([split.train, split.test])[:, 0]) == sorted(points[:, 0])
    assert np.array_equal(split.others, split.train)


def test_the_split_is_the_seeds_and_shuffles() -> None:
    points = np.arange(400.0).reshape(200, 2)
    first, again, other = (held_out(points, "xx", 100, seed, "f").train for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, points[:100])


def test_two_points_must_remain() -> None:
    points = np.zeros((10, 2))
    assert len(held_out(points, "xx", 8, 0, "f").test) == 2
    with pytest.raises(UserError, match=r"f: found 10 points, too few for points.train_size 9.* at most 8"):
        held_out(points, "xx", 9, 0, "f")


def _judge_the_floor(split: Split, points: Points) -> None:
    """Sixty samples of new points, apart from each other and from those that train or judge."""
    assert len(split.others) == 60 * len(split.test)
    assert len(np.unique(split.others, axis=0)) == len(split.others)
    assert not set(split.others[:, 0]) & (set(points[:, 0]) | set(split.test[:, 0]))
    assert np.abs(split.others.mean(0) - points.mean(0)).max() < 4 * points.std() / len(points) ** 0.5


def test_of_the_projects_own_points_the_floor_has_new_ones() -> None:
    points = builtin_points()["xx"]
    _judge_the_floor(held_out(points, "xx", 7000, 0, "f"), points)


def test_with_none_held_out_all_points_train_and_a_fresh_sample_judges() -> None:
    points = builtin_points()["xx"]
    split = none_held_out(points, "xx", 1192, 0, "f")
    assert sorted(split.train[:, 0]) == sorted(points[:, 0])
    assert split.test.shape == (1192, 2)
    assert not set(split.test[:, 0]) & set(points[:, 0])
    # The same distribution: mean and covariance within four standard errors.
    assert np.abs(split.test.mean(0) - points.mean(0)).max() < 4 * points.std() / 1192**0.5
    np.testing.assert_allclose(np.cov(split.test.T), np.cov(points.T), atol=0.01)
    _judge_the_floor(split, points)
    # Another processor's rounding makes no other data of it; another digit does.
    assert not np.array_equal(none_held_out(points + 1e-12, "xx", 9, 0, "f").test, points[:9])
    assert fresh_points(points + 1e-3, "xx", 9, np.random.default_rng(0)) is None


def test_of_other_data_a_share_of_the_training_points_judges() -> None:
    points = np.random.default_rng(0).normal(size=(100, 2))
    split = none_held_out(points, "xx", 30, 0, "f")
    assert len(split.train) == 100
    assert len(split.test) == 30
    assert set(split.test[:, 0]) < set(split.train[:, 0])
    assert not set(split.test[:, 0]) & set(split.others[:, 0])
    assert len(none_held_out(points, "xx", 1192, 0, "f").test) == 50  # at most half, so that others are left
    with pytest.raises(UserError, match="f: found 3 points; expected at least 4"):
        none_held_out(points[:3], "xx", 2, 0, "f")
