"""Measure the growth: `python -m benchmarks.growth`, from the project's root, for ten minutes of quiet."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

# The code beside this file must win over an installed one, as in the stages.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from benchmarks.growth.cases import CASES
from benchmarks.growth.fits import Fit, fit_of
from benchmarks.growth.picture import draw
from benchmarks.growth.sweeps import RUNS, WORKERS, seconds_of
from saddle.errors import UserError, reports_user_errors
from saddle.files import write_json
from saddle.interruption import end_when_asked
from saddle.progress import progress_bar

OUT = Path("docs/pictures")


@reports_user_errors
def main() -> None:
    """All cases, each size in a process of its own; then the sweeps; the figures and a picture of them."""
    end_when_asked()
    measured: dict[str, dict[int, tuple[float, float]]] = {name: {} for name in CASES}
    sweeps: list[dict[str, float]] = []
    total = sum(len(case.sizes) for case in CASES.values()) + len(RUNS) * len(WORKERS)
    with progress_bar("growth", total, "measurement") as bar:
        for name, case in CASES.items():
            for size in case.sizes:
                measured[name][size] = _in_a_process(name, size)
                bar.update()
        for runs in RUNS:
            for workers in WORKERS:
                sweeps.append({"runs": runs, "workers": workers, "seconds": seconds_of(runs, workers)})
                bar.update()
    fits: dict[str, tuple[Fit, Fit]] = {}
    for name, sizes in measured.items():
        case = CASES[name]
        times, memory = zip(*sizes.values(), strict=True)
        fits[name] = fit_of(list(map(case.work, sizes)), times), fit_of(list(map(case.kept, sizes)), memory)
    write_json(
        OUT / "growth.json",
        {
            "measured": measured,
            "fits": {name: {"seconds": asdict(time), "bytes": asdict(memory)} for name, (time, memory) in fits.items()},
            "sweeps": sweeps,
        },
    )
    draw(OUT / "growth.png", measured, fits, sweeps)


def _in_a_process(name: str, size: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.growth.measure", name, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{name} at {size}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    seconds, memory = json.loads(done.stdout)
    return seconds, memory


if __name__ == "__main__":
    main()
