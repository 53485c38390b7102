"""Any judge can say what a direction means: what it needs, what it leaves out, and how the files tell of it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from small_sefa import small_sefa
from torch import nn

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.metrics.shared.attributes import Attribute
from saddle.sefa.judges import DigitJudge
from saddle.sefa.meaning import description, measure_meaning, metrics

SAMPLES, RANDOM, RANDOM_SAMPLES = 10, 99, 6


class Colours(Generator):
    """A plain colour image: latents 0, 1 and 2 are its red, green and blue, the others do nothing."""

    def __init__(self):
        super().__init__({})
        self.latent_dim, self.sample_shape = 24, (3, 4, 4)
        self.layer = nn.Linear(24, 24, bias=False)
        nn.init.eye_(self.layer.weight)

    def forward(self, latents):
        return (0.1 * self.layer(latents)[:, :3, None, None]).expand(-1, -1, 4, 4)


@dataclass(frozen=True)
class ColourJudge:
    """Sees the red and the blue of an image, but not where blue starts above `blind`."""

    blind: float = 9.0
    attributes = (
        Attribute("red", "%", "mean of red", ("more red", "less red")),
        Attribute("blue", "%", "mean of blue", ("more blue", "less blue")),
    )
    subject, channels, note, failure = "colours", 3, "Colours are in percent.", "nearly all images are too blue"

    def changes(self, starts, stops):
        assert starts.shape == stops.shape
        difference = 100 * (stops - starts).mean((2, 3))[:, [0, 2]].double().numpy()
        seen = starts[:, 2].mean((1, 2)).numpy() <= self.blind
        return np.where(seen[:, None], difference, np.nan)


def meaning_of(judge):
    counts = {"measure_samples": SAMPLES, "random_directions": RANDOM, "random_samples": RANDOM_SAMPLES}
    settings = small_sefa(start=-1.0, stop=1.0, **counts)
    return measure_meaning(Colours().eval(), judge, torch.eye(24)[:4], [0], settings, "colours")


def test_directions_are_named_after_what_another_judge_sees():
    meaning = meaning_of(ColourJudge())
    assert [meaning.name(index) for index in range(4)] == ["more red", "none", "more blue", "none"]
    assert [attribute.name for attribute, _ in meaning.attributes()] == ["red", "blue"]
    assert "Colours are in percent." in description(meaning)


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_starts_and_stops_belong_together_however_they_are_drawn(batch, monkeypatch):
    whole = meaning_of(ColourJudge())
    monkeypatch.setattr("saddle.sefa.traversal.BATCH", batch)
    parted = meaning_of(ColourJudge())
    for row, other in zip(whole.findings, parted.findings, strict=True):
        assert [finding.effect.mean for finding in row] == pytest.approx(
            [finding.effect.mean for finding in other], abs=1e-5
        )


def test_pairs_that_were_left_out_are_counted_and_told():
    meaning = meaning_of(ColourJudge(blind=0.0))
    total = 4 * SAMPLES + RANDOM * RANDOM_SAMPLES
    assert 0 < meaning.left_out < total
    assert meaning.total == total
    (measured,) = metrics([4.0, 3.0, 2.0, 1.0], 4, meaning)["measured"]
    assert (measured["pairs"], measured["left_out"]) == (total, meaning.left_out)
    assert f"Left out were {meaning.left_out} of {total} pairs of images." in description(meaning)
    assert meaning.findings[0][0].effect.n < SAMPLES


def test_what_could_be_measured_nowhere_is_told_with_the_reason():
    told = meaning_of(ColourJudge(blind=-9.0))
    assert told.startswith("The meaning is not known: red cannot be measured: nearly all images are too blue")


def test_a_judge_refuses_images_of_other_channels():
    def classifier(images):
        raise AssertionError

    with pytest.raises(UserError, match="digits are measured on images of 1 channel; these have 3"):
        meaning_of(DigitJudge(classifier))
