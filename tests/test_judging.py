"""`saddle judge`: films, strips and folders that somebody published, measured without their generator."""

import json
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from conftest import ROOT
from numpy.typing import NDArray

from saddle.__main__ import main
from saddle.commands.judging import as_text, measured, moving_pictures, read_ends
from saddle.metrics.faces.judge import FaceJudge, load_networks
from saddle.metrics.shared.attributes import Attribute
from saddle.rendering.shared.figures import write_gif, write_mp4

SIDE = 16
FACES = np.load(ROOT / "tests/vectors/faceapi_1.7.15.npz")["images"]


class RedJudge:
    """Sees how red an image is, unless it is black."""

    attributes = (Attribute("red", "%", "mean of red", ("more red", "less red")),)
    subject, channels, note, failure = "colours", 3, "", "all pictures are black"

    def changes(self, starts: Any, stops: Any) -> NDArray[np.float64]:
        values = [50 * (images[:, :1] + 1).mean((2, 3)).double().numpy() for images in (starts, stops)]
        black = (starts + 1).sum((1, 2, 3)).numpy() < 1
        return np.where(black[:, None], np.nan, values[1] - values[0])


def film(frames: int = 5) -> list[NDArray[np.uint8]]:
    """Two samples down; across: the samples, one direction that adds red, and one in which they part."""
    made = []
    for step in range(frames):
        share = step / (frames - 1)
        levels = np.array([[100, 100 + 40 * share, 100 + 80 * share], [120, 120 + 80 * share, 120 - 20 * share]])
        red = levels.round().repeat(SIDE, 0).repeat(SIDE, 1)
        made.append(np.stack([red, np.full_like(red, 60), np.full_like(red, 60)], 2).astype(np.uint8))
    return made


def kept(folder: Path, kind: str) -> Path:
    """The film as a file or a folder of this kind."""
    path = folder / f"film.{kind}"
    if kind == "gif":
        write_gif(path, film(), colours=256)
    elif kind == "mp4":
        write_mp4(path, film(), fps=10)
    else:
        path.mkdir()
        for number, frame in enumerate(film()):
            iio.imwrite(path / f"frame_{number:03d}.png", frame)
        (path / "notes.txt").write_text("not a frame")
    return path


@pytest.mark.parametrize(("kind", "off"), [("gif", 0.2), ("frames", 0.05), ("mp4", 1.5)])
def test_each_direction_is_measured_per_unit_and_the_unmoved_column_is_none(
    kind: str, off: float, tmp_path: Path
) -> None:
    path = kept(tmp_path, kind)
    ends = read_ends(path)
    table = measured(RedJudge(), *moving_pictures(ends, path, 3, None), 4.0)
    assert ends.frames == 5
    assert [row["direction"] for row in table] == [1, 2]
    # 40 and 80 of 255 along four units; 80 and -20.
    assert table[0]["change"] == pytest.approx(100 * (40 + 80) / 2 / 255 / 4, abs=off)
    assert table[1]["change"] == pytest.approx(100 * (80 - 20) / 2 / 255 / 4, abs=off)
    assert [(row["agree"], row["samples"]) for row in table] == [(2, 2), (1, 2)]
    assert [round(row["relative"], 1) for row in table] == [1.3, 0.6]
    assert as_text(table).splitlines()[0].split() == ["red"]


def test_samples_of_which_nothing_could_be_measured_are_left_out(tmp_path: Path) -> None:
    starts, stops = moving_pictures(read_ends(kept(tmp_path, "frames")), tmp_path, 3, SIDE)
    starts[0, 0] = 0
    first, second = measured(RedJudge(), starts, stops, 1.0)
    assert (first["samples"], first["agree"], second["samples"]) == (1, 1, 2)
    assert first["change"] == pytest.approx(100 * 80 / 255, abs=0.2)
    starts[0] = 0
    assert measured(RedJudge(), starts, stops, 1.0)[0]["change"] is None
    assert "-" in as_text(measured(RedJudge(), starts, stops, 1.0)).splitlines()[2]


def as_tensor(images: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1


def test_a_mirrored_face_turns_to_the_other_side(
    face_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faces, mirror = FACES[:6], FACES[:6, :, ::-1]
    strip = np.concatenate([faces, mirror], axis=2).reshape(-1, 2 * FACES.shape[1], 3)
    iio.imwrite(tmp_path / "strip.png", strip)
    arguments = ["--columns", "2", "--start", "0", "--stop", "1", "--judge", face_files, "--out", tmp_path / "a.json"]
    monkeypatch.setattr("sys.argv", ["saddle", "judge", str(tmp_path / "strip.png"), *map(str, arguments)])
    main()
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["turn", "nod", "mouth"]
    assert row.split()[0] == "1"
    table = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["table"]
    found = {row["attribute"]: row["change"] for row in table}
    turn = FaceJudge(load_networks(face_files, torch.device("cpu"))).changes(*(as_tensor(x) for x in (faces, mirror)))
    assert found["turn"] == pytest.approx(turn[:, 0].mean(), abs=1e-3)
    assert abs(found["turn"]) > 1
    # Landmarks are the mean of those of a picture and of its mirror image.
    assert [found["nod"], found["mouth"], found["brightness"]] == pytest.approx([0, 0, 0], abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.mov", "--columns", "3"], "none.mov: no such film, picture or folder"),
        (["page.png", "--columns", "3"], "page.png: cannot be read as a film or a picture ("),
        (["film.gif", "--columns", "5"], "film.gif: frames of 48 x 32 pixels; --columns 5 of --size 9 need a width of"),
        (["film.gif", "--columns", "3", "--judge", "empty"], "empty has no age_gender_model"),
    ],
)
def test_what_cannot_be_judged_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, "gif")
    (tmp_path / "page.png").write_text("<html>404</html>")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["saddle", "judge", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    message = str(ended.value)
    assert message.startswith("error: ")
    assert said in message
    assert "\n" not in message
