"""Metrics and records (JSON)."""

from collections.abc import Callable
from pathlib import Path

from corpus.case import Case
from saddle.data.mnist.files import read_source
from saddle.files import read_metrics


def meet(path: Path) -> object:
    return read_metrics(path, ("w2",))


def raw(content: str | bytes, name: str = "a.json") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / name

    return make


def record(content: str | bytes) -> Callable[[Path], Path]:
    return lambda folder: raw(content, "source.json")(folder).parent


RECORDS = {
    "empty": "",
    "of words": "hello",
    "of a list": "[]",
    "without digests": '{"dataset": "mnist"}',
    "with a number for digests": '{"dataset": "mnist", "md5": 3}',
    "with a list for a name": '{"dataset": [1], "md5": {"a": "b"}}',
    "not UTF-8": b'{"dataset": "\xff"}',
    "nested too deeply": "[" * 50_000,
    "too large": " " * 200_000,
}
CASES = [
    Case("json missing", lambda folder: folder / "a.json", meet, "no such file"),
    Case("json is a folder", lambda folder: folder, meet, "not a file"),
    Case("json empty", raw(""), meet, "not JSON"),
    Case("json cut", raw('{"w2": 1'), meet, "not JSON"),
    Case("json not UTF-8", raw(b'{"w2": "\xff"}'), meet, "not JSON"),
    Case("json that is a list", raw("[1]"), meet, "expected an object"),
    Case("json with a number of 5,000 digits", raw('{"w2": %s}' % ("9" * 5000)), meet, "not JSON"),
    Case("json without the number", raw('{"fid": 1}'), meet, "has no 'w2'"),
    Case("json with text for the number", raw('{"w2": "1"}'), meet, "'w2' is '1'"),
    Case("json with null for the number", raw('{"w2": null}'), meet, "'w2' is None"),
    Case("record missing", lambda folder: folder, read_source, "fetch the data first"),
    *(
        Case(f"record {what}", record(bad), read_source, "not a record of fetched data")
        for what, bad in RECORDS.items()
    ),
]
