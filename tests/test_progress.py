"""Progress: a bar on a terminal, whole lines in a log."""

import io
import sys

import pytest

from saddle.rendering.live import progress
from saddle.rendering.live.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_has_whole_lines_with_the_first_and_the_last_state(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("gan", 40, "step", done=10) as bar:
        for _ in range(30):
            bar.set_postfix({"d_loss": "0.5"}, refresh=False)
            bar.update()
    text = capsys.readouterr().err
    assert "\r" not in text
    lines = text.splitlines()
    assert len(lines) == 2  # less than ten seconds passed between
    assert lines[0].startswith("gan:  25%") and "10/40" in lines[0]
    assert "40/40" in lines[1] and "d_loss=0.5" in lines[1]


def test_a_log_has_a_line_each_time_the_interval_has_passed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOG_INTERVAL", 0.0)
    with progress_bar("gan", 3, "step", miniters=1) as bar:
        for _ in range(3):
            bar.update()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith("gan: ") for line in lines)


def test_a_terminal_has_one_bar_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar("gan", 3, "step") as bar:
        bar.update(3)
    assert terminal.getvalue().count("\n") == 1
    assert "\r" in terminal.getvalue()
