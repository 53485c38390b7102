"""A name never holds half of its content."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from saddle.errors import UserError
from saddle.files import read_arrays, read_table, replacing, replacing_folder, write_arrays, write_json


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    before = path.read_bytes()
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_writing_names_the_file(tmp_path: Path) -> None:
    """The system tells of a full disk without a name."""
    with pytest.raises(OSError, match="No space left") as error, replacing(tmp_path / "a.csv") as part:
        part.write_text("half")
        raise OSError(28, "No space left on device")
    assert error.value.filename == str(tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


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
        assert folder.exists()  # the old one is there until the new one is
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
    assert np.array_equal(read_arrays(tmp_path / "1.npz", ("b",))["b"], arrays["b"])


def test_bad_archives_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(UserError, match="no such file"):
        read_arrays(path, ("a",))
    write_arrays(path, {"a": np.arange(5000.0)})
    with pytest.raises(UserError, match="has no array 'b'; it holds a"):
        read_arrays(path, ("b",))
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-40], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="npz") as error:
            read_arrays(path, ("a",))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; run the stage that writes it"),
        (b"", "not a readable CSV file"),
        (b"\xff\xfe\x00", "not a readable CSV file"),
        (b"epoch,w2\n", "has no rows"),
        (b"epoch\n1\n", "has no column 'w2'"),
    ],
)
def test_a_table_that_is_none_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "w2.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=f"{re.escape(str(path))}: .*{message}"):
        read_table(path, ("epoch", "w2"))
