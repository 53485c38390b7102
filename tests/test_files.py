"""A name never holds half of its content."""

import math
import os
from pathlib import Path

import numpy as np
import pytest

from saddle.core.files import (
    read_arrays,
    replacing,
    replacing_folder,
    write_arrays,
    write_json,
    write_table,
)


def test_two_processes_never_write_into_one_file_and_what_a_dead_one_left_is_removed(tmp_path: Path) -> None:
    alive, dead = tmp_path / f".a.{os.getppid()}.part.json", tmp_path / ".a.999999999.part.json"
    other = tmp_path / ".ab.999999999.part.json"
    for left in (alive, dead, other):
        left.write_text("half")
    with replacing(tmp_path / "a.json") as part:
        assert str(os.getpid()) in part.name
        part.write_text("{}")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", alive.name, other.name}


def test_a_folder_is_exchanged_whole_or_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with replacing_folder(folder) as part:
        (part / "first").write_text("1")
    with pytest.raises(RuntimeError), replacing_folder(folder) as part:
        (part / "half").write_text("2")
        raise RuntimeError
    assert [path.name for path in folder.iterdir()] == ["first"]
    with replacing_folder(folder) as part:
        assert folder.exists()  # the old one is there until the new one is whole
        (part / "second").write_text("2")
    assert [path.name for path in folder.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_metric_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"w2": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_arrays_come_back_and_equal_arrays_give_equal_bytes(tmp_path: Path) -> None:
    arrays = {"a": np.arange(5.0), "b": np.ones((2, 3), np.float32)}
    write_arrays(tmp_path / "1.npz", arrays)
    write_arrays(tmp_path / "2.npz", arrays)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    assert np.array_equal(read_arrays(tmp_path / "1.npz", {"b": 2})["b"], arrays["b"])


def test_a_table_has_six_digits_and_empty_fields_for_what_is_not_known(tmp_path: Path) -> None:
    rows = [
        {"name": "a, b", "seed": 1234567, "w2": 1 / 3, "epoch": np.float32(20), "sound": True, "unasked": 1},
        {"name": "c", "seed": np.int64(0), "w2": None, "epoch": math.nan, "sound": False},
    ]
    write_table(tmp_path / "runs.csv", ("name", "seed", "w2", "epoch", "sound"), rows)
    expected = 'name,seed,w2,epoch,sound\n"a, b",1234567,0.333333,20,True\nc,0,,,False\n'
    assert (tmp_path / "runs.csv").read_bytes() == expected.encode()
    write_table(tmp_path / "runs.csv", ("name",), [])
    assert (tmp_path / "runs.csv").read_bytes() == b"name\n"
