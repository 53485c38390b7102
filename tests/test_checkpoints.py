"""A training that was stopped goes on and ends with the same bytes; what does not fit or is damaged is passed over."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import noise_for

from saddle.config import Settings
from saddle.core.model_file import save_model
from saddle.experiments.classifier import train_classifier
from saddle.experiments.images import train_images
from saddle.experiments.images import training_mark as images_mark
from saddle.experiments.points import train_points
from saddle.experiments.points import training_mark as points_mark
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import Run

POINTS = np.random.default_rng(0).normal(size=(200, 2))
IMAGES = torch.randint(256, (60, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(60) % 10


class StoppedError(Exception):
    """The training was stopped where a test wanted it."""


class StopsAfter(Checkpoints):
    """Checkpoints at every chance, of which the training does not survive the `last`."""

    last = 2
    written = 0

    def write_if_due(self, content: Any) -> None:
        super().write_if_due(content)
        self.written += 1
        if self.written == self.last:
            raise StoppedError


def bytes_of(run: Run[Any], folder: Path) -> tuple[bytes, list[bytes], Any]:
    """The model file, all snapshots, and the log."""
    save_model(folder / "model", {"generator": run.generator, "discriminator": run.discriminator}, run.facts)
    arrays = run.snapshots.arrays()
    return (folder / "model").read_bytes(), [arrays[name].tobytes() for name in sorted(arrays)], run.log


@pytest.mark.parametrize(
    ("recipe", "name", "optimizer"),
    [
        *((recipe, name, "adam") for recipe in ("minibatch", "tuned") for name in ("gan", "wgan_gp")),
        *(("minibatch", name, optimizer) for name in ("gan", "wgan_gp") for optimizer in ("rmsprop", "sgd")),
    ],
)
def test_points(settings: Settings, recipe: str, name: str, optimizer: str, tmp_path: Path) -> None:
    """Under tuned there is an average, a learning rate that falls, and a penalty that is not due at every step."""
    settings = settings.under(recipe)

    def train(checkpoints: Checkpoints | None) -> Run[Any]:
        return train_points(settings, name, optimizer, POINTS, 30, checkpoints=checkpoints, quiet=True)

    mark = points_mark(settings, name, optimizer, POINTS, 30)
    with pytest.raises(StoppedError):
        train(StopsAfter(tmp_path, name, mark, 0.0))
    kept = Checkpoints(tmp_path, name, mark, 0.0)
    assert kept.path.is_file()
    assert bytes_of(train(kept), tmp_path) == bytes_of(train(None), tmp_path)
    kept.remove()
    assert list(tmp_path.glob("*.pt")) == []


@pytest.mark.parametrize("name", ["mlp", "dropout_mlp", "dcgan", "progan", "compact"])
def test_images(settings: Settings, name: str, tmp_path: Path) -> None:
    """Dropout draws from the global stream, progan stops while it grows, and compact's learning rate falls."""
    variant = settings.images.variant(name).model_copy(update={"log_every": 1, "batch_size": 6})
    images = settings.images.model_copy(update={"variants": {**settings.images.variants, name: variant}})
    settings = settings.model_copy(update={"images": images})
    noise = noise_for(settings, name, IMAGES)

    def train(checkpoints: Checkpoints | None) -> Run[Any]:
        return train_images(settings, name, noise, "noise", checkpoints=checkpoints)

    mark = images_mark(settings, name, noise, "noise")
    stopping = StopsAfter(tmp_path, name, mark, 0.0)
    stopping.last = 4
    with pytest.raises(StoppedError):
        train(stopping)
    assert bytes_of(train(Checkpoints(tmp_path, name, mark, 0.0)), tmp_path) == bytes_of(train(None), tmp_path)


@pytest.mark.parametrize("last", [1, 3, 4])
def test_the_classifier(last: int, tmp_path: Path) -> None:
    """Three steps an epoch: stopped in mid epoch, at its end, and after the first step of the next."""

    def train(checkpoints: Checkpoints | None) -> list[bytes]:
        classifier = train_classifier(
            IMAGES,
            LABELS,
            steps=6,
            batch_size=20,
            lr=0.01,
            seed=0,
            device=torch.device("cpu"),
            checkpoints=checkpoints,
        )
        return [value.numpy().tobytes() for value in classifier.state_dict().values()]

    stopping = StopsAfter(tmp_path, "classifier", "0" * 16, 0.0)
    stopping.last = last
    with pytest.raises(StoppedError):
        train(stopping)
    assert train(Checkpoints(tmp_path, "classifier", "0" * 16, 0.0)) == train(None)


def test_one_of_other_settings_and_a_damaged_one_are_passed_over_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = (Checkpoints(tmp_path, "gan", mark * 16, 0.0) for mark in "ab")
    other.write_if_due(lambda: {"step": 1})
    assert mine.newest() is None
    assert capsys.readouterr().err == f"{other.path}: of other settings, data or code; not used\n"
    mine.write_if_due(lambda: {"step": 2})
    whole = mine.path.read_bytes()
    assert mine.newest() == {"step": 2}
    for damaged in (b"", whole[:-20], whole[: len(whole) // 2], b"text"):
        mine.path.write_bytes(damaged)
        capsys.readouterr()
        assert mine.newest() is None
        assert f"{mine.path}: cannot be read (" in capsys.readouterr().err
    # Another training whose name begins alike is none of its business.
    Checkpoints(tmp_path, "gan-rmsprop-0", "c" * 16, 0.0).write_if_due(lambda: {"step": 3})
    mine.newest()
    assert "gan-rmsprop" not in capsys.readouterr().err


def test_checkpoints_are_so_many_seconds_apart(tmp_path: Path) -> None:
    seldom = Checkpoints(tmp_path, "gan", "a" * 16, 3600.0)
    seldom.write_if_due(lambda: {"step": 1})
    assert not seldom.path.exists()


def test_the_mark_follows_all_that_a_training_depends_on(settings: Settings) -> None:
    mark = points_mark(settings, "gan", "adam", POINTS, 30)
    assert mark == points_mark(settings, "gan", "adam", POINTS.copy(), 30)
    others = {
        points_mark(settings, "wgan", "adam", POINTS, 30),
        points_mark(settings, "gan", "sgd", POINTS, 30),
        points_mark(settings, "gan", "adam", POINTS + 1e-9, 30),
        points_mark(settings, "gan", "adam", POINTS, 29),
        points_mark(settings.model_copy(update={"seed": 1}), "gan", "adam", POINTS, 30),
        points_mark(settings.model_copy(update={"precision": "bf16"}), "gan", "adam", POINTS, 30),
        points_mark(settings.under("full_batch"), "gan", "adam", POINTS, 30),
        images_mark(settings, "mlp", IMAGES, "noise"),
        images_mark(settings.model_copy(update={"scale": "full"}), "mlp", IMAGES, "noise"),
    }
    assert len({mark, *others}) == 10
    # How often it is kept, and what pictures call it, changes no result.
    assert mark == points_mark(settings.model_copy(update={"checkpoint_seconds": 1.0}), "gan", "adam", POINTS, 30)
