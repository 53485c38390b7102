"""The stages of the pipeline, one thin script each: `python -m stages.NAME`."""

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

# Queued experiments run in a copy of the repository: the code beside this file must win over an installed one.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

# Threads that wait by spinning take the cores from whatever runs beside, several times slower on a busy machine; those
# that sleep at once are woken too late for small networks. Some 50 microseconds of spinning are near the best of both.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "50000")

# Likewise, glibc gives large freed blocks back to the system at once, and each tensor of the next training step is paid
# for with page faults: an eighth of the time of the image variants. The two calls name mallopt's parameters by number,
# M_MMAP_THRESHOLD and M_TRIM_THRESHOLD; other C libraries have no mallopt.
if sys.platform == "linux" and hasattr(c_library := ctypes.CDLL(None), "mallopt"):
    c_library.mallopt(-3, 2**30)
    c_library.mallopt(-1, 2**31 - 1)

if find_spec("torch") is None:
    sys.exit(
        f"error: {sys.executable} has no torch; activate the environment that `make setup` makes: . .venv/bin/activate"
    )
