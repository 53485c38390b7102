"""The table of results, in Markdown, and the machine in a line."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measuring.pairs import Measured
from benchmarks.measuring.results import Result, Side
from benchmarks.rows import ROWS, SIDES

CPUINFO = Path("/proc/cpuinfo")
HEADER = (
    "row", "what", "steps/s: project", "plain", "project : plain", "cores busy: project", "plain",
    "peak memory: project", "plain", "of matrix peak: project", "plain",
)  # fmt: skip


def machine(measured: Measured) -> str:
    """Processor, cores, versions and GPU, in a line. measured: any measurement of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [f"{_processor()}, {cores} cores", f"Python {platform.python_version()}", f"PyTorch {measured['torch']}"]
    return "; ".join([*parts, *filter(None, [measured["gpu"]])])


def _processor() -> str:
    if CPUINFO.is_file():
        for line in CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(results: Mapping[str, Result]) -> str:
    """A line for each row of `results`, by name."""
    lines = [HEADER, ["---"] * 2 + ["---:"] * (len(HEADER) - 2)]
    lines += [_line(name, result) for name, result in results.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(name: str, result: Result) -> list[str]:
    sides: list[Side] = [result.sides[side] for side in SIDES]
    ratio = f"{result.ratio:.2f} ({result.lowest:.2f} to {result.highest:.2f})"
    return [
        name,
        ROWS[name].what,
        *(f"{side.steps_per_second:.4g}" for side in sides),
        ratio,
        *(f"{side.cores:.2f}" for side in sides),
        *(f"{side.memory / 1e6:,.0f} MB" for side in sides),
        *(f"{side.share_of_peak:.1%}" for side in sides),
    ]
