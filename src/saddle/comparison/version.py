"""Which project a process runs: its version, and what its source is, since two commits may have one version."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import saddle


@dataclass(frozen=True)
class Version:
    """version: of the package. source: the first digits of a hash of all its code."""

    version: str
    source: str

    def __str__(self) -> str:
        return f"saddle {self.version} (source {self.source})"


@functools.cache
def own_version() -> Version:
    """That of this process."""
    assert saddle.__file__ is not None
    package = Path(saddle.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return Version(saddle.__version__, digest.hexdigest()[:12])
