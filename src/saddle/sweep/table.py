"""The table of a sweep, what is kept of it between two calls, and which settings came out best."""

import hashlib
import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saddle.core.files import read_object, write_json, write_table
from saddle.errors import UserError
from saddle.sweep.rows import Row
from saddle.sweep.work import Measured
from saddle.training.checkpoints import CODE, mark_of

TABLE, KEPT = "table.csv", "runs"
# By experiment: the metric in which the lowest is best, and the stage that ends with it.
METRICS = {"points": ("w2_ratio", "evaluate_points"), "images": ("fid", "evaluate_images")}

# By experiment, the metrics that the picture of a sweep shows, and what it means if a run has none.
SHOWN = {
    "points": {"w2_ratio": "diverged", "epochs_to_fit": "never"},
    "images": {"fid": "diverged", "inception_score": "diverged"},
}


@dataclass
class Results:
    """What is known of the rows of a sweep, by their number, and kept in `folder`; its table grows meanwhile."""

    folder: Path
    rows: Sequence[Row]
    marks: Sequence[str]
    known: dict[int, Measured]
    _due: float = 0.0

    @classmethod
    def of(cls, folder: Path, rows: Sequence[Row], marks: Sequence[str]) -> "Results":
        """With what an earlier call left in `folder`."""
        results = cls(folder, rows, marks, {})
        for number, mark in enumerate(marks):
            path = results._path(mark)
            if path.is_file():
                try:
                    metrics = read_object(path)["metrics"]
                except (UserError, KeyError):
                    continue  # it is done again
                results.known[number] = metrics
        return results

    def add(self, number: int, measured: Measured) -> None:
        """Keep what came of a row; and renew the table, but for no more than a tenth of the time, as it grows long."""
        write_json(self._path(self.marks[number]), {"run": self.rows[number].name, "metrics": measured})
        self.known[number] = measured
        if (begin := time.monotonic()) >= self._due:
            self.write()
            self._due = begin + 10 * (time.monotonic() - begin)

    def write(self) -> None:
        """The table of what is known, in the order of the rows: it does not tell which of them ended first."""
        names = list(dict.fromkeys(name for measured in self.known.values() for name in measured or ()))
        first = next((row for row in self.rows), None)
        swept = [] if first is None else list(first.changes)
        table: list[Mapping[str, object]] = [
            {
                "variant": self.rows[number].variant,
                **self.rows[number].changes,
                "seed": self.rows[number].seed,
                "state": "diverged" if self.known[number] is None else "trained",
                **(self.known[number] or {}),
            }
            for number in sorted(self.known)
        ]
        columns = ["variant", *swept, "seed", "state", *names]
        write_table(self.folder / TABLE, columns, ({name: row.get(name) for name in columns} for row in table))

    def groups(self, title: Callable[[str], str]) -> dict[tuple[str, str], dict[str, list[float | None]]]:
        """What a picture shows: by variant and settings, in words, two metrics of each run; None where it has none.

        title: what pictures call a variant.
        """
        groups: dict[tuple[str, str], dict[str, list[float | None]]] = {}
        for number in sorted(self.known):
            row, measured = self.rows[number], self.known[number] or {}
            settings = ", ".join(f"{key.rsplit('.', 1)[-1]}={text}" for key, text in row.changes.items())
            group = groups.setdefault((title(row.variant), settings), {name: [] for name in SHOWN[row.experiment]})
            for name, values in group.items():
                values.append(measured.get(name))
        return groups

    def _path(self, mark: str) -> Path:
        return self.folder / KEPT / f"{mark}.json"


def marks_of(rows: Sequence[Row], inputs: Sequence[str]) -> list[str]:
    """What stands for all that each row's figures depend on.

    inputs: of each row, a hash of what it is trained and measured on.
    """
    # The project's code is the same for all rows, and reading it takes milliseconds.
    shared = {key: mark_of({}, key.encode(), code=(*CODE, "metrics")) for key in set(inputs)}
    marks = []
    for row, key in zip(rows, inputs, strict=True):
        own = {"variant": row.variant, "settings": row.settings.model_dump(mode="json"), "shared": shared[key]}
        marks.append(hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:16])
    return marks


def best(rows: Sequence[Row], known: Mapping[int, Measured]) -> str | None:
    """Two lines: the settings with the lowest mean over their seeds, and `dvc exp run` with them.

    known: what the runs have come to, by the row's number. Settings of which a run diverged or is not known do not
    take part: they cannot be relied upon, or not yet. None if no others are left. Of equals, the first.
    """
    if not rows:
        return None
    metric, stage = METRICS[rows[0].experiment]
    values_of: dict[int, list[float | None]] = {}
    first_of: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows):
        first = first_of.setdefault((row.variant, *row.changes.values()), number)
        measured = known.get(number)
        values_of.setdefault(first, []).append(None if measured is None else measured.get(metric))
    complete = {first: np.array(values) for first, values in values_of.items() if None not in values}
    if not complete:
        return None
    first = min(complete, key=lambda number: float(complete[number].mean()))
    row, values = rows[first], complete[first]
    name = " ".join([row.variant, *(f"{key}={text}" for key, text in row.changes.items())])
    several = f", the mean of {len(values)} seeds ({values.min():.4g} to {values.max():.4g})" if len(values) > 1 else ""
    # The seed too would be the luckiest of a few, so the experiment has that of params.yaml.
    changes = " ".join(f"-S {shlex.quote(f'{key}={text}')}" for key, text in row.changes.items())
    command = " ".join(filter(None, ["dvc exp run", changes, f"{stage}@{row.variant}"]))
    return f"lowest {metric}: {name}, {values.mean():.4g}{several}\nas an experiment: {command}"
