"""Setting up a process for training, its device, and ending it at once: the one place for what holds for all of it.

Programs call it (the stages, the command line, the worker processes of a comparison); the library only notes how to go
on. A process is ended by Ctrl-C, by SIGTERM, or by the end of the program that started it. Nothing is tidied up then:
every file is written beside its name and renamed when it is whole, and a training goes on from its checkpoint.

`SADDLE_TUNING=0` in the environment leaves the process as PyTorch and the C library have it; results are the same.
"""

import ctypes
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from saddle.errors import UserError

if TYPE_CHECKING:
    import torch

SWITCH = "SADDLE_TUNING"

# How often a waiting thread of PyTorch's pool looks for work before it sleeps. By default it looks for milliseconds and
# takes the core from what runs beside. With six busy programs beside it on two cores, a step of dcgan on two threads
# takes 3.1 times its fair share with a count of 50,000, and 1.4 times with 10,000. On an idle machine the smaller count
# costs six hundredths; to sleep at once would cost fifteen.
SPIN_COUNT = "10000"

# mallopt's parameters by number (malloc.h of glibc), and the values that make it keep freed memory. By default it gives
# large blocks back to the system at once, and each tensor of the next step costs page faults: an eighth of the time of
# the image variants.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BLOCK, KEPT_TOTAL = 2**30, 2**31 - 1

# prctl's number of the setting "send me this signal when my parent dies" (sys/prctl.h of Linux).
PR_SET_PDEATHSIG = 1
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}

_how_to_go_on = ["started again, it begins anew"]


def tune_process() -> None:
    """Short spinning of waiting threads, and freed memory kept; to be called before PyTorch is imported.

    What the user set in the environment (OMP_WAIT_POLICY, GOMP_SPINCOUNT) stays. No result depends on any of it.
    """
    if os.environ.get(SWITCH) == "0":
        return
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    # Other C libraries have no mallopt.
    if sys.platform == "linux" and hasattr(c_library := ctypes.CDLL(None), "mallopt"):
        c_library.mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK)
        c_library.mallopt(M_TRIM_THRESHOLD, KEPT_TOTAL)


def cores() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(count: int | None) -> None:
    """Let PyTorch compute on `count` threads; None leaves its own choice, one a core.

    The bytes of a result can depend on it, so it is a setting wherever something is trained.
    """
    if count is not None:
        # Not at the top, here and below: `tune_process` must come before PyTorch is imported.
        import torch

        torch.set_num_threads(count)


def note_how_to_go_on(text: str) -> None:
    """What the last line says if the program is ended from now on, such as "started again, it goes on at step 400"."""
    _how_to_go_on[0] = text


def end_when_asked() -> None:
    """From now on SIGINT and SIGTERM end this process with one line and the exit code 130 or 143, wherever it is.

    On Linux the end of its parent does the same: a stage whose DVC was killed must not write into the next run.
    """
    for number in WORDS:
        signal.signal(number, _end)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the setting was made
            _end(signal.SIGTERM, None)


def _end(number: int, frame: FrameType | None) -> None:
    # Past a bar that may stand in this line.
    start = "\n" if sys.stderr is not None and sys.stderr.isatty() else ""
    os.write(2, f"{start}{WORDS[signal.Signals(number)]}; {_how_to_go_on[0]}\n".encode())
    os._exit(128 + number)


def choose_device(name: str) -> "torch.device":
    """The device that `device` in params.yaml names; "auto" takes CUDA, else MPS, else the CPU.

    Raises `UserError` if a device is asked for that this machine does not have.
    """
    import torch

    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError(f"device is {name!r}, but PyTorch sees no CUDA device here; use auto or cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"device is {name!r}, but this machine has cuda:0 to cuda:{torch.cuda.device_count() - 1}")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError("device is 'mps', but PyTorch has no MPS here; use auto or cpu")
    return device


def use_precision(precision: str) -> None:
    """How CUDA devices round the factors of float32 products from now on: as they are, or with "tf32" to 10 bits.

    By PyTorch's default convolutions would be rounded and matrix products not. With "bf16", what autocast leaves in
    float32 is as with "fp32".
    """
    import torch

    rounded = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = rounded
    torch.backends.cudnn.allow_tf32 = rounded
    # Of several ways to compute a gradient, one whose result is the same each time.
    torch.backends.cudnn.deterministic = True
