"""A name never holds half of its content."""

import math
import os
import pickle
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saddle.errors import UserError
from saddle.files import (
    read_arrays,
    read_metrics,
    read_table,
    replacing,
    replacing_folder,
    write_arrays,
    write_json,
    write_table,
)
from saddle.npz import Layout

A = {"a": Layout(("n",))}


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
    assert np.array_equal(read_arrays(tmp_path / "1.npz", {"b": Layout(("n", 3))})["b"], arrays["b"])


def test_bad_archives_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(UserError, match="no such file"):
        read_arrays(path, A)
    write_arrays(path, {"a": np.arange(5000.0)})
    with pytest.raises(UserError, match="has no array 'b'; it holds a"):
        read_arrays(path, {"b": Layout(("n",))})
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-40], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="npz") as error:
            read_arrays(path, A)
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
        read_table(path, {"epoch": "float", "w2": "float"})


RUN = {"epoch": np.arange(3.0), "step": np.arange(3), "samples": np.zeros((3, 5, 2), np.float32)}
LAYOUTS = {"epoch": Layout(("time",)), "step": Layout(("time",), "count"), "samples": Layout(("time", "n", 2))}
BAD_ARRAYS: list[tuple[dict[str, NDArray[np.generic]], str]] = [
    ({"epoch": np.arange(4.0)}, "array 'step' has the shape (3,); expected (time = 4)"),
    ({"epoch": np.array(["a", "b", "c"])}, "array 'epoch' is of type <U1; expected float16, float32, float64"),
    ({"epoch": np.arange(3)}, "array 'epoch' is of type int64; expected float16, float32, float64"),
    ({"epoch": np.arange(3) * 1j}, "array 'epoch' is of type complex128"),
    ({"epoch": np.arange(3.0).astype(">f8")}, "array 'epoch' is of type >f8"),
    ({"epoch": np.zeros(3, np.longdouble)}, "array 'epoch' is of type float128"),
    ({"epoch": np.zeros(3, [("a", "f8")])}, "array 'epoch' is of type [('a', '<f8')]"),
    ({"epoch": np.array([0, np.nan, 2])}, "array 'epoch' has NaN or infinity among its numbers"),
    ({"epoch": np.array([0, 1, np.inf])}, "array 'epoch' has NaN or infinity among its numbers"),
    ({"step": np.array([0, -1, 2])}, "array 'step' has a number below 0"),
    ({"step": np.arange(3.0)}, "array 'step' is of type float64; expected int64, int32"),
    ({"samples": np.zeros((3, 5, 3))}, "array 'samples' has the shape (3, 5, 3); expected (time = 3, n, 2)"),
    ({"samples": np.zeros((3, 10))}, "array 'samples' has the shape (3, 10)"),
    (
        {"samples": np.zeros((3, 0, 2))},
        "array 'samples' has the shape (3, 0, 2); expected (time = 3, n, 2), each at least",
    ),
    ({"samples": np.array(1.0)}, "array 'samples' has the shape (); expected"),
]


@pytest.mark.parametrize(("changed", "message"), BAD_ARRAYS)
def test_arrays_other_than_expected(changed: dict[str, NDArray[np.generic]], message: str, tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {**RUN, **changed})
    with pytest.raises(UserError, match=re.escape(message)) as error:
        read_arrays(tmp_path / "a.npz", LAYOUTS)
    assert str(error.value).startswith(f"{tmp_path}/a.npz: ")


def test_what_is_no_array_of_the_layout_may_be_beside_it(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {**RUN, "other": np.array([np.nan]), "name": np.array("D(x)")})
    arrays = read_arrays(
        tmp_path / "a.npz", {**LAYOUTS, "other": Layout((1,), finite=False), "name": Layout((), "text")}
    )
    assert np.isnan(arrays["other"]).all()
    assert str(arrays["name"]) == "D(x)"


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        warnings.simplefilter("ignore")
        for name, content in members.items():
            file.writestr(name, content)
    return path


def claim(shape: str, descr: str = "'<f8'", data: bytes = b"") -> bytes:
    """A `.npy` file that claims this shape and type."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def called() -> None:
    raise AssertionError("a pickle was run")


class Trap:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return called, ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (claim("(10**12,)"), "not a readable .npz file"),
        (claim("(1000000000000,)"), "array 'a' claims 8,000,000,000,000 bytes, but has 0"),
        (claim("(1000000000000,)", data=b"\0" * 800), "array 'a' claims 8,000,000,000,000 bytes, but has 800"),
        (claim("(3,)", data=b"\0" * 80), "array 'a' claims 24 bytes, but has 80"),
        (claim("(-3,)"), r"an array claims the shape \(-3,\)"),
        (claim("(3,)", "'|O'", pickle.dumps([Trap()] * 3)), "array 'a' is pickled; such arrays are never read"),
        (pickle.dumps(Trap()), "not a readable .npz file"),
        (b"", "not a readable .npz file"),
        (claim("(" * 2000 + "3" + ",)" * 2000), "not a readable .npz file"),
        (claim("(3,)", "'<U9999'", b"\0" * 3 * 9999 * 4), "array 'a' is of type <U9999"),
    ],
)
def test_what_an_archive_claims_is_checked_before_it_is_read(content: bytes, message: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", {"a.npy": content})
    for layout in (A, {"a": Layout(("n",), "text")}) if "<U9999" in message else (A,):
        with pytest.raises(UserError, match=message) as error:
            read_arrays(path, layout)
        assert str(error.value).isprintable()


def test_a_bomb_of_zeros_is_refused_before_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddle.npz.MOST_BYTES", 10**7)
    path = archive(tmp_path / "a.npz", {"a.npy": claim("(2500000,)", data=b"\0" * 20_000_000)})
    assert path.stat().st_size < 30_000
    with pytest.raises(UserError, match=r"its arrays claim 20,000,000 bytes; allowed: up to 10,000,000"):
        read_arrays(path, A)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        for read in (
            lambda path: read_arrays(path, A),
            lambda path: read_table(path, {"w2": "float"}),
            lambda path: read_metrics(path, ("w2",)),
        ):
            with pytest.raises(UserError, match=f"{re.escape(str(path))}: not a file"):
                read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("epoch,w2\n1,x\n", "column 'w2' has something else than finite numbers in it"),
        ("epoch,w2\n1,\n", "column 'w2' has something else than finite numbers in it"),
        ("epoch,w2\n1,inf\n", "column 'w2' has something else than finite numbers in it"),
        ("epoch,w2\n1,nan\n", "column 'w2' has something else than finite numbers in it"),
        ("epoch,w2\n1,True\n", "column 'w2' has something else than finite numbers in it"),
        ("epoch,w2\n1.5,2\n", "column 'epoch' has something else than whole numbers from 0 in it"),
        ("epoch,w2\n-1,2\n", "column 'epoch' has something else than whole numbers from 0 in it"),
        ("epoch,w2,w2\n1,2,3\n", "has two columns 'w2'"),
        ("epoch,w2\n1,2,3\n4,5,6\n", "its rows have more fields than its header"),
        ("epoch,w2\n1,2\n4,5,6\n", "not a readable CSV file"),
        ("epoch,w2\n1," + "x" * 10_000_000 + "\n", "not a readable CSV file (field larger than"),
        ("x" * 10_000_000, "not a readable CSV file"),
    ],
)
def test_a_table_with_something_else_in_it(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "w2.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=re.escape(message)) as error:
        read_table(path, {"epoch": "count", "w2": "float"})
    assert len(str(error.value)) < len(str(path)) + 300


def test_columns_of_words_and_of_flags(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("variant,diverged\ngan,True\nwgan,False\n")
    assert read_table(path, {"variant": "text", "diverged": "flag"})["diverged"].tolist() == [True, False]
    for content in ("variant,diverged\ngan,maybe\n", "variant,diverged\n3,True\n"):
        path.write_text(content)
        with pytest.raises(UserError, match=r"has something else than (True and False|words) in it"):
            read_table(path, {"variant": "text", "diverged": "flag"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ("[1]", "holds list; expected an object of metrics"),
        ('{"w2": NaN}', "not JSON (NaN is no value of JSON)"),
        ('{"w2": 1e999}', "not JSON (1e999 is beyond the range of numbers)"),
        ('{"w2": 1, "w2": 2}', "not JSON (the key 'w2' comes twice)"),
        ('{"w2": true}', "'w2' is True; expected a number above 0"),
        ('{"w2": "1"}', "'w2' is '1'; expected a number above 0"),
        ('{"w2": 0}', "'w2' is 0; expected a number above 0"),
        ('{"w2": -1}', "'w2' is -1; expected a number above 0"),
        ('{"w2": 1e-300}', "'w2' is 1e-300; expected a number above 0"),
        ("{}", "has no 'w2'; expected a number above 0"),
        ('{"w2": ' + "[" * 100_000, "not JSON (nested too deeply)"),
        ('{"w2": "' + "x" * 9_000_000 + '"}', "'w2' is 'xxx"),
        ('{"w2": "' + "x" * 10_000_000 + '"}', "10,000,010 bytes; allowed: up to 10,000,000"),
    ],
)
def test_metrics_other_than_expected(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "floor.json"
    path.write_text(content)
    with pytest.raises(UserError, match=re.escape(message)) as error:
        read_metrics(path, ("w2",))
    assert len(str(error.value)) < len(str(path)) + 300


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
