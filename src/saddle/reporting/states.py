"""The project as of a revision and as it is now, by way of DVC: metrics, parameters, and the files under plots/."""

import io
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.repo.brancher import switch
from dvc.utils.serialize import load_path

from saddle.errors import UserError, reason

METRICS = "metrics/"
PLOTS = "plots/"
PARAMS = "params.yaml"
WORKSPACE = "workspace"  # DVC's own word

Value = float | str | None


@dataclass(frozen=True)
class State:
    """One state of the project.

    name: what the user calls it. commit: its full id; of the workspace that of the commit checked out. metrics: by file
    and dotted name. params: by dotted name. plots: the files under PLOTS that Git has, or would take, by their paths;
    in_commit: as the commit has them. root: the project's folder on the disk.
    """

    name: str
    commit: str
    metrics: Mapping[str, Mapping[str, Value]]
    params: Mapping[str, Any]
    plots: Mapping[str, bytes]
    in_commit: Mapping[str, bytes]
    root: Path

    def __str__(self) -> str:
        name = "working tree on" if self.name == WORKSPACE else self.name.removeprefix(self.commit)
        return f"{name} {self.commit[:7]}".strip()

    def table(self, path: str) -> pd.DataFrame | None:
        """A CSV file under PLOTS; None if there is none. Raises `UserError` if it is not CSV."""
        try:
            return pd.read_csv(io.BytesIO(self.plots[path])) if path in self.plots else None
        except ValueError as error:  # pandas' own errors and those of decoding are all of this type
            raise UserError(f"{path} in {self}: not a readable CSV file ({reason(error)})") from None


def read_state(revision: str) -> State:
    """The state of the project as of a branch, tag, commit or experiment, or of the WORKSPACE.

    Raises `UserError` where there is no DVC project in a Git repository, no such revision, no metrics in it, or a file
    that cannot be read.
    """
    logging.getLogger("dvc").setLevel(logging.ERROR)  # what it warns of is raised below
    try:
        with Repo() as repo:
            root = Path(repo.root_dir)
            with switch(repo, "HEAD" if revision == WORKSPACE else revision) as commit:
                in_commit = plots = _plots(repo)
            with chdir(root), switch(repo, revision):
                params = load_path(PARAMS, repo.dvcfs) if repo.dvcfs.exists(PARAMS) else {}
                shown = repo.metrics.show()[""]
                if "error" in shown:
                    raise shown["error"]
                # The values that DVC shows lack nulls, which mean that a run never fitted.
                there = [path for path in shown["data"] if repo.dvcfs.exists(path)]
                metrics = {Path(path).as_posix(): dict(_leaves(load_path(path, repo.dvcfs))) for path in there}
                if revision == WORKSPACE:
                    plots = _plots(repo, repo.scm.is_ignored)
    except DvcException as error:
        raise UserError(f"{revision}: {reason(error)}; allowed: a branch, tag, commit or experiment") from None
    if not metrics:
        raise UserError(f"{revision} has no metrics that its dvc.yaml declares; name a revision that has")
    return State(revision, commit, metrics, dict(_leaves(params)), plots, in_commit, root)


def _plots(repo: Repo, is_ignored: Callable[[str], bool] = lambda path: False) -> dict[str, bytes]:
    paths = [path for path in repo.fs.find(repo.fs.join(repo.root_dir, PLOTS)) if not is_ignored(path)]
    return {Path(repo.fs.relpath(path, repo.root_dir)).as_posix(): repo.fs.open(path, "rb").read() for path in paths}


def _leaves(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items() if isinstance(content, dict) else ():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
