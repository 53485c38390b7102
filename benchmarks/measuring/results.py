"""From measurements to figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.measuring.pairs import Measured
from benchmarks.rows import SIDES


@dataclass(frozen=True)
class Side:
    """Medians over the repeats.

    steps_per_second. cores: CPU time per wall time. memory: bytes at most. share_of_peak: the project's FLOPs in these
    steps, as a share of what the process's own matrix products would do in the same time.
    """

    steps_per_second: float
    cores: float
    memory: float
    share_of_peak: float


@dataclass(frozen=True)
class Result:
    """One row. ratio: of steps per second, project to plain, the median of the pairs; lowest and highest of them."""

    sides: dict[str, Side]
    ratio: float
    lowest: float
    highest: float

    def content(self) -> dict[str, object]:
        """Itself, JSON-able."""
        return asdict(self)


def result_of(pairs: Sequence[dict[str, Measured]]) -> Result:
    """The figures of a row. pairs: one or more, see `measured_pairs`."""
    project, plain = SIDES
    ratios = [_speed(pair[project]) / _speed(pair[plain]) for pair in pairs]
    flops = pairs[0][project]["flops_per_step"]
    sides = {side: _side([pair[side] for pair in pairs], flops) for side in SIDES}
    return Result(sides, median(ratios), min(ratios), max(ratios))


def _speed(one: Measured) -> float:
    return float(one["steps"] / one["seconds"])


def _side(measurements: Sequence[Measured], flops: float) -> Side:
    return Side(
        steps_per_second=median(map(_speed, measurements)),
        cores=median(one["cpu_seconds"] / one["seconds"] for one in measurements),
        memory=median(one["peak_memory"] for one in measurements),
        share_of_peak=median(flops * _speed(one) / one["matrix_flops"] for one in measurements),
    )
