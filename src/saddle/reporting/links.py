"""Where a report's pictures are, as a report in a pull request can show them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from saddle.core.files import replacing
from saddle.errors import UserError
from saddle.rendering.shared.figures import write_figure
from saddle.reporting.curves import curves_of, overlay
from saddle.reporting.states import PLOTS, WORKSPACE, State

COMMIT = "{commit}"


@dataclass(frozen=True)
class Links:
    """The links of a report to its pictures.

    report: its path; what is not on the disk is written beside it, or has no link. image_base: as the command has it.
    """

    report: Path | None
    image_base: str | None

    def __post_init__(self) -> None:
        if self.image_base is not None and COMMIT not in self.image_base:
            raise UserError(f"--image-base is {self.image_base!r}; expected an address with {COMMIT} in it")

    def to_curves(self, path: str, *states: State) -> str | None:
        """The link to the curves of both states, drawn one over the other."""
        curves = [curves_of(state.table(path)) for state in states]
        if all(table.empty for table in curves):
            return None
        name = Path("curves", path.removeprefix(PLOTS)).with_suffix(".png")
        return self._write(name, lambda part: write_figure(part, overlay(*curves)))

    def to_picture(self, path: str, state: State) -> str | None:
        """The link to a picture of one state; None if there is none."""
        if path not in state.plots:
            return None
        if self.image_base is not None and state.plots[path] == state.in_commit.get(path):
            served = self.image_base.replace(COMMIT, state.commit).rstrip("/")
            return f"{served}/{quote(path)}"
        if state.name == WORKSPACE:
            return self._relative(state.root / path)
        return self._write(Path(state.commit[:7], path), lambda part: part.write_bytes(state.plots[path]))

    def _write(self, name: Path, write: Callable[[Path], object]) -> str | None:
        if self.report is None:
            return None
        path = self.report.with_name(f"{self.report.stem}_files") / name
        with replacing(path) as part:
            write(part)
        return self._relative(path)

    def _relative(self, path: Path) -> str:
        return quote(Path(os.path.relpath(path, self.report.parent if self.report else None)).as_posix())
