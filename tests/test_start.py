"""`saddle start`: the first minute."""

import argparse
import sys
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import pytest
import yaml
from conftest import ROOT

from saddle.commands import start
from saddle.core.model_file import load_model
from saddle.errors import UserError


@pytest.fixture
def project(params: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tiny settings and the project's points, in which the test runs."""
    params["points"]["file"] = str(ROOT / "data/raw/points.mat")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    start.add_arguments(parser)
    start.run(parser.parse_args(arguments))


def test_it_makes_a_film_and_a_model_opens_the_one_and_says_where(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", lambda address: bool(opened.append(address)) or True)
    begin("--open")
    assert capsys.readouterr().out.splitlines()[1].startswith("data/start/gan.gif: the film")
    folder = project / "data/start"
    assert opened == [(folder / "gan.gif").as_uri()]
    assert len(iio.imread(folder / "gan.gif")) == 5  # four epochs, a frame each, and the beginning
    facts = load_model(folder / "gan.safetensors", ("generator", "discriminator"), sample_shape=(2,)).facts
    assert facts["variant"] == "gan"
    assert sorted(path.name for path in project.iterdir()) == ["data", "params.yaml"]
    assert sorted(path.name for path in folder.iterdir()) == ["gan.gif", "gan.safetensors"]

    # Same settings, same bytes; and a browser that does not come costs no result.
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    with pytest.raises(UserError, match=r"^--open: found no browser; open again/gan\.gif yourself$"):
        begin("--open", "--out", "again")
    for path in folder.iterdir():
        assert path.read_bytes() == (project / "again" / path.name).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS have a desktop")
def test_without_a_desktop_nothing_is_trained(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match=r"^--open: found no desktop here"):
        begin("--open")
    assert not (project / "data").exists()
