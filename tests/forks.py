"""Commands in processes that are forked from one which has imported what they need, but the project itself.

A stage begins with seconds of imports (PyTorch, SciPy, matplotlib), and DVC with another; the pipeline's tests start
some two hundred of both. A fork of a process that has them is the same process a few hundredths of a second after its
start: it has the caller's folder, environment, arguments and streams, and imports the project from where that would.

`commands` is a folder with `python` and `dvc` that ask such a process; before others in PATH they are what DVC and make
find. What is not `-m stages`, `-m saddle` or `-m dvc` goes to the real Python.
"""

import atexit
import functools
import os
import runpy
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

MODULES = ("stages", "saddle", "dvc")
# What stages, measuring and drawing import; and DVC's commands.
PRELOADED = """
    numpy scipy.io scipy.spatial scipy.stats ot pandas pydantic ruamel.yaml yaml tqdm
    torch torch.nn.functional torch.optim.adam torchvision safetensors.torch distributed
    imageio imageio_ffmpeg PIL.Image matplotlib.figure matplotlib.backends.backend_agg matplotlib.backends.backend_pdf
    dvc.api dvc.cli dvc.cli.parser dvc.repo dvc.repo.experiments dvc.repo.plots dvc.repo.reproduce dvc.stage.run
""".split()  # noqa: SIM905

# It asks for a fork and ends as the fork does. Without site-packages, so that it starts at once.
CLIENT = """#!{python} -SE
import array, os, socket, struct, sys
arguments = {prefix} + sys.argv[1:]
if arguments[:1] != ["-m"] or arguments[1:2] not in ([module] for module in {modules}):
    os.execv({python!r}, [{python!r}, *arguments])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    told = [*arguments[1:], os.getcwd(), *(f"{{name}}={{value}}" for name, value in os.environ.items())]
    content = struct.pack("!I", len(arguments) - 1) + "\\0".join(told).encode(errors="surrogateescape")
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
    server.sendmsg([struct.pack("!I", len(content))], rights)
    server.sendall(content)
    answer = server.recv(4)
sys.exit(struct.unpack("!i", answer)[0] if answer else 70)
"""


@functools.cache
def commands() -> Path:
    """The folder of the commands, the same for all workers of a test run; empty where processes cannot fork."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None or sys.platform != "linux":
        folder = Path(mkdtemp(prefix="saddle-tests-"))
    else:
        folder = Path(gettempdir()) / f"saddle-tests-{run}"
        folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform == "linux":
        import fcntl

        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "socket").exists():
                _start(folder, os.getpid() if run is None else os.getppid())
    return folder


def python() -> str:
    """What starts Python faster for those modules."""
    command = commands() / "python"
    return str(command) if command.exists() else sys.executable


def _start(folder: Path, owner: int) -> None:
    """Write the commands, and start the process that forks; it ends with the process `owner`."""
    for command, prefix in (("python", []), ("dvc", ["-m", "dvc"])):
        address = str(folder / "socket")
        text = CLIENT.format(python=sys.executable, prefix=prefix, modules=MODULES, address=address)
        (folder / command).write_text(text)
        (folder / command).chmod(0o755)
    command = [sys.executable, __file__, str(folder), str(owner)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"


def main() -> None:
    """Import, then fork for every connection, until the owner is gone."""
    for module in PRELOADED:
        with suppress(ImportError):
            __import__(module)
    folder, owner = sys.argv[1], int(sys.argv[2])
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/socket")
        server.listen(64)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        print("ready", flush=True)
        # Whoever reads the output of the tests must not wait for this process.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        server.settimeout(5)
        while _lives(owner):
            with suppress(TimeoutError):
                connection, _ = server.accept()
                if os.fork() == 0:
                    server.close()
                    _serve(connection)
                connection.close()
    shutil.rmtree(folder)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def _serve(connection: socket.socket) -> None:
    """In a process of its own: have the command run in another one, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.settimeout(None)
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    (size,) = struct.unpack("!I", head)
    content = b""
    while len(content) < size:
        content += connection.recv(size - len(content))
    (count,) = struct.unpack("!I", content[:4])
    told = [os.fsdecode(part) for part in content[4:].split(b"\0")]
    process = os.fork()
    if process == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _become(told[:count], told[count], dict(entry.split("=", 1) for entry in told[count + 1 :]))
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    with suppress(OSError):
        connection.sendall(struct.pack("!i", code if code >= 0 else 128 - code))
    os._exit(0)


def _become(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Run a module as `python -m` would, and end."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    before = environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [folder, *filter(None, before)]
    code = 0
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    with suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
