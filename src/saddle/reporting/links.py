"""Where a report's pictures are, as a report in a pull request can show them."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from saddle.errors import UserError
from saddle.files import replacing
from saddle.reporting.states import State

COMMIT = "{commit}"


@dataclass(frozen=True)
class Links:
    """The links of one report.

    report: its path. Pictures that are not on the disk are written to a folder beside it, so that relative links
    reach all of them; CML uploads what they point to. image_base: the address where the files of a commit are served,
    with `{commit}` in it; pictures that are in a commit are then linked there.
    """

    report: Path
    image_base: str | None = None

    def __post_init__(self) -> None:
        if self.image_base is not None and COMMIT not in self.image_base:
            raise UserError(
                f"--image-base is {self.image_base!r}; expected an address with {COMMIT} in the place of the commit, "
                f"such as https://raw.githubusercontent.com/OWNER/REPOSITORY/{COMMIT}"
            )

    @property
    def folder(self) -> Path:
        """Where the pictures go that the report needs and the disk does not have."""
        return self.report.with_name(f"{self.report.stem}_files")

    def to_picture(self, state: State, path: str, side: str) -> str:
        """The link to a picture of `state`. side: the folder that it is written to if it is not on the disk."""
        if self.image_base is not None and path in state.in_commit:
            return f"{self.image_base.replace(COMMIT, state.commit).rstrip('/')}/{quote(path)}"
        if state.on_disk:
            return self.to_file(Path(path))
        copy = self.folder / side / path
        with replacing(copy) as part:
            part.write_bytes(state.read(path))
        return self.to_file(copy)

    def to_file(self, path: Path) -> str:
        """The link to a file on the disk, relative to the report."""
        return quote(Path(os.path.relpath(path, self.report.parent)).as_posix())
