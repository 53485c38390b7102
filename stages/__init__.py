"""The stages of the pipeline, one thin script each: `python -m stages.NAME`."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

# Queued experiments run in a copy of the repository: the code beside this file must win over an installed one.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

# Threads that wait by spinning take the cores from whatever runs beside: several times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if find_spec("torch") is None:
    sys.exit(
        f"error: {sys.executable} has no torch; activate the environment that `make setup` makes: . .venv/bin/activate"
    )
