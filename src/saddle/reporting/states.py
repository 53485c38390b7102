"""The repository's files as of a commit, or as they are now.

They are read with Git and not with DVC: metrics, plots and params.yaml are all in Git (`cache: false` in dvc.yaml). So
this takes less than a second, needs no DVC cache and no valid dvc.yaml at either end, and works where only Git is.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from saddle.errors import UserError

METRICS = "metrics/"
PLOTS = "plots/"
PARAMS = "params.yaml"
READ = (METRICS, PLOTS, PARAMS)


@dataclass(frozen=True)
class State:
    """One state of the files under `READ`.

    name: what the user calls it. commit: its full id, or for the working tree that of the commit checked out.
    blobs: Git's id of each file's content, by the path from the project's root. in_commit: the paths whose content is
    the commit's. on_disk: whether the files are read from the disk.
    """

    name: str
    commit: str
    blobs: Mapping[str, str]
    in_commit: frozenset[str]
    on_disk: bool = False

    def __str__(self) -> str:
        short = self.commit[:7]
        if self.on_disk:
            return f"{self.name} on {short}"
        return short if self.commit.startswith(self.name) else f"{self.name}, {short}"

    def read(self, path: str) -> bytes:
        """The content of a file of this state."""
        if self.on_disk:
            return Path(path).read_bytes()
        return _git("cat-file", "blob", self.blobs[path])

    def within(self, folder: str, *suffixes: str) -> set[str]:
        """The paths in `folder`, however deep, that end in one of `suffixes`."""
        return {path for path in self.blobs if path.startswith(folder) and path.lower().endswith(suffixes)}


def committed(revision: str) -> State:
    """The state as of `revision`, anything that Git takes for a commit.

    Raises `UserError` where there is no such commit, no Git, or no repository.
    """
    _require_repository()
    try:
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except UserError:
        raise UserError(
            f"{revision!r} is not a commit of this repository; allowed: a branch, tag or commit that "
            "`git log` shows (a branch of the remote: fetch it, then name it origin/BRANCH)"
        ) from None
    blobs = {}
    for entry in _entries(_git("ls-tree", "-r", "-z", commit, "--", *READ)):
        facts, path = entry.split("\t", 1)
        blobs[path] = facts.split()[2]
    return State(revision, commit, blobs, frozenset(blobs))


def working_tree() -> State:
    """The state of the files as they are now, those included that Git does not know yet and does not ignore.

    Raises `UserError` where there is no Git, no repository, or no commit in it.
    """
    head = committed("HEAD")
    listed = _entries(_git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *READ))
    paths = sorted({path for path in listed if Path(path).is_file()})
    ids = _git("hash-object", "--stdin-paths", stdin="".join(f"{path}\n" for path in paths).encode()).decode().split()
    blobs = dict(zip(paths, ids, strict=True))
    same = frozenset(path for path in paths if blobs[path] == head.blobs.get(path))
    return State("the working tree", head.commit, blobs, same, on_disk=True)


def _entries(listed: bytes) -> list[str]:
    """The lines of a list that Git ends with zero bytes.

    Raises `UserError` for a file's name that no report could show, and that Git could not be asked about again.
    """
    for entry in listed.split(b"\0"):
        if b"\n" in entry or not _is_text(entry):
            raise UserError(f"{entry[-200:]!r}: the file's name has a line break or is not UTF-8; rename it")
    return [entry for entry in listed.decode().split("\0") if entry]


def _is_text(entry: bytes) -> bool:
    try:
        entry.decode()
    except UnicodeDecodeError:
        return False
    return True


def changed(before: State, after: State, folder: str, *suffixes: str) -> list[str]:
    """The paths in `folder` that end in one of `suffixes` and differ, or are in one of the two states only."""
    both = before.within(folder, *suffixes) | after.within(folder, *suffixes)
    return sorted(path for path in both if before.blobs.get(path) != after.blobs.get(path))


def _require_repository() -> None:
    try:
        _git("rev-parse", "--git-dir")
    except UserError as error:
        raise UserError(f"{Path.cwd()}: Git finds no repository here; run from the project's root ({error})") from None


def _git(*arguments: str, stdin: bytes = b"") -> bytes:
    try:
        result = subprocess.run(["git", *arguments], input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise UserError("git is not installed, and a report is made from Git's history") from None
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"git {arguments[0]}: {said[0] if said else f'exit code {result.returncode}'}")
    return result.stdout
