"""How long sweeps take, by their number of runs and workers."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from saddle.errors import UserError

RUNS = (1, 4, 16, 64)
WORKERS = (1, 2)
# Of the points, so that a run takes about three seconds.
EPOCHS = 8


def seconds_of(runs: int, workers: int) -> float:
    """Of the clock, for `saddle sweep` of so many short runs of the points, its start and end included."""
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    params["points"]["recipes"]["minibatch"].update(epochs=EPOCHS, snapshot_every=EPOCHS)
    # What is measured once, before all runs, is no part of what grows.
    params["points"]["evaluation"].update(draws=2, floor_error=0.5)
    params["points"]["file"] = str(Path(params["points"]["file"]).absolute())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        command = [sys.executable, "-m", "saddle", "sweep", "gan", "--seeds", f"0:{runs}", "--workers", str(workers)]
        source = str(Path("src").absolute())
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UserError(f"saddle sweep failed: {done.stderr.strip().splitlines()[-1]}")
        return time.perf_counter() - start
