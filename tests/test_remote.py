"""What docs/dvc-remote.md says: with a remote, a second clone gets everything and trains nothing."""

import subprocess
from pathlib import Path

import pytest
import yaml
from clone import Clone, new_clone

STAGES = ("prepare_points", "train_points", "evaluate_points_floor", "evaluate_points", "render_points")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone whose pipeline, cut down to one variant, has run, is committed and pushed to a folder."""
    clone = new_clone(tmp_path_factory.mktemp("first"))
    whole = yaml.safe_load(clone.read("dvc.yaml"))["stages"]
    stages = {name: {**whole[name], "foreach": ["gan"]} if "do" in whole[name] else whole[name] for name in STAGES}
    (clone.folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    clone.dvc(f"remote add --default storage {tmp_path_factory.mktemp('storage')}")
    clone.dvc("repro")
    clone.commit()
    clone.dvc("push")
    return clone


@pytest.fixture
def second(trained: Clone, tmp_path: Path) -> Clone:
    """A fresh clone of it: what is in Git, and nothing of DVC's cache."""
    folder = tmp_path / "second"
    subprocess.run(["git", "clone", "--quiet", str(trained.folder), str(folder)], check=True)
    return Clone(folder)


def cached(clone: Clone) -> list[str]:
    """The outputs that `dvc.lock` names and Git does not have."""
    lock = yaml.safe_load(clone.read("dvc.lock"))
    paths = {out["path"] for stage in lock["stages"].values() for out in stage["outs"]}
    return sorted(path for path in paths if path.startswith("data/"))


class TestRemote:
    """Each in a second clone of its own."""

    def test_the_second_clone_gets_everything_and_trains_nothing(self, trained: Clone, second: Clone) -> None:
        names = cached(trained)
        assert "data/models/points/gan.safetensors" in names
        assert not any((second.folder / name).exists() for name in names)
        second.dvc("pull")
        assert all(second.read(name) == trained.read(name) for name in names)
        assert "up to date" in second.dvc("status")
        assert not second.ran(second.dvc("repro"))
        assert second.run("git status --porcelain").stdout == ""

    def test_a_changed_stage_pulls_what_it_reads_and_does_not_train(self, second: Clone) -> None:
        params = yaml.safe_load(second.read("params.yaml"))
        params["points"]["evaluation"]["draws"] += 1
        (second.folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        ran = second.ran(second.dvc("repro --pull --allow-missing"))
        measured = {"evaluate_points@gan", "evaluate_points_floor"}
        assert measured <= ran <= {*measured, "render_points@gan"}
