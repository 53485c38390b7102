"""`saddle repro`: which stages run beside each other, and what becomes of one that fails."""

import sys

import pytest
from conftest import ROOT

from saddle.commands import repro
from saddle.config import load_settings
from saddle.sweep.runs import beside_others


def test_only_what_keeps_one_core_busy_runs_beside_something_else() -> None:
    settings = load_settings(ROOT / "params.yaml")
    first, beside = repro.order(settings)
    assert first == ["evaluate_points_floor", "read_images", "train_points"]
    assert ["train_images@progan", "render_images@progan"] in beside
    assert ["evaluate_points@gan", "render_points@gan"] in beside
    assert not any("dcgan" in stage for line in beside for stage in line)
    # With one thread for the points they train beside the images.
    first, beside = repro.order(beside_others(settings))
    assert first == ["evaluate_points_floor", "read_images"]
    assert ["train_points@gan", "evaluate_points@gan", "render_points@gan"] in beside


def test_it_ends_with_the_code_of_what_failed_and_shows_what_that_said(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(repro, "DVC", (sys.executable, "-c", "import sys; print('said', *sys.argv[1:]); sys.exit(3)"))
    assert repro._run_quietly(["a", "b"]) == 3
    assert capfdbinary.readouterr().out == b"said --wait-for-lock repro --single-item a b\n"
    with pytest.raises(SystemExit, match="3"):
        repro._end_if_failed([0, 3, 1])
