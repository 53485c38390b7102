"""What directions mean: attributes of shapes with known sizes, and a generator whose directions are known."""

import json
import math

import numpy as np
import pytest
import torch
from small_sefa import small_sefa
from torch import nn

from saddle.core.files import rounded
from saddle.core.network import Generator
from saddle.metrics.shared.student import Interval
from saddle.sefa.judges import ATTRIBUTES, DigitJudge, measure_shapes
from saddle.sefa.meaning import Finding, Meaning, measure_meaning, metrics
from saddle.sefa.significance import mean_effect, p_values, reference

NAMES = [attribute.name for attribute in ATTRIBUTES]
FINE = 16  # shapes are drawn so many times finer than pixels, and averaged


def drawn(inside, side=28):
    """An image of the shape `inside(x, y)`. x points right and y down, in MNIST's pixels from the middle."""
    places = ((np.arange(side * FINE) + 0.5) / FINE - side / 2) * 28 / side
    shape = inside(places[None, :], places[:, None])
    return shape.reshape(side, FINE, side, FINE).mean((1, 3))


def bar(width, height, slant=0.0, side=28):
    """An upright bar, sheared so that it leans by `slant` degrees to the right."""
    shear = math.tan(math.radians(slant))
    return drawn(lambda x, y: (abs(x + shear * y) < width / 2) & (abs(y) < height / 2), side)


def measured(*images):
    values = measure_shapes(np.stack(images))
    return [dict(zip(NAMES, row, strict=False)) for row in values]


@pytest.mark.parametrize("slant", [-30, 0, 10])
@pytest.mark.parametrize("side", [28, 32])
def test_a_sheared_bar_has_its_slant(slant, side):
    (found,) = measured(bar(3, 18, slant, side))
    assert found["slant"] == pytest.approx(slant, abs=0.3)


@pytest.mark.parametrize("side", [28, 64])
@pytest.mark.parametrize(("width", "height"), [(4, 20), (6, 18), (3, 22)])
def test_a_bar_has_its_width_height_and_ink(width, height, side):
    (found,) = measured(bar(width, height, side=side))
    assert found["width"] == pytest.approx(width, abs=0.35)
    assert found["height"] == pytest.approx(height, abs=0.35)
    assert found["ink"] == pytest.approx(width * height, rel=0.03)


def test_shearing_changes_slant_alone():
    upright, leaning = measured(bar(4, 18), bar(4, 18, 25))
    for name in ("width", "height", "ink"):
        assert leaning[name] == pytest.approx(upright[name], abs=0.35), name
    # A sheared bar is thinner across its stroke: its width times the cosine of its slant.
    assert leaning["thickness"] == pytest.approx(upright["thickness"] * math.cos(math.radians(25)), rel=0.1)


@pytest.mark.parametrize("angle", [0, 30, 45])
@pytest.mark.parametrize("width", [2, 4])
def test_a_long_bar_has_its_thickness_whichever_way_it_lies(width, angle):
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    image = drawn(lambda x, y: (abs(cosine * x - sine * y) < width / 2) & (abs(sine * x + cosine * y) < 12))
    assert measured(image)[0]["thickness"] == pytest.approx(width, rel=0.15)


@pytest.mark.parametrize("width", [2, 4])
def test_a_ring_has_the_thickness_of_its_stroke(width):
    image = drawn(lambda x, y: abs(np.hypot(x, y) - 8) < width / 2)
    (found,) = measured(image)
    assert found["thickness"] == pytest.approx(width, rel=0.1)
    assert found["slant"] == pytest.approx(0, abs=0.1)
    assert found["width"] == pytest.approx(found["height"], rel=1e-6)


def test_a_paler_image_has_less_ink_and_otherwise_the_same_shape():
    full, pale = measured(bar(3, 18, 10), 0.5 * bar(3, 18, 10))
    assert pale.pop("ink") == pytest.approx(full.pop("ink") / 2)
    assert pale == pytest.approx(full)


def test_a_grey_background_is_not_part_of_the_shape():
    image = bar(3, 18, 20)
    clean, grey = measured(image, 0.2 + 0.8 * image)
    for name in ("thickness", "slant", "width", "height"):
        assert grey[name] == pytest.approx(clean[name], rel=0.1), name
    assert grey["ink"] > 2 * clean["ink"]


def test_a_blank_image_has_no_shape_and_disturbs_no_other():
    blank, full = measured(np.zeros((28, 28)), bar(3, 18))
    assert blank.pop("ink") == 0
    assert all(math.isnan(value) for value in blank.values())
    assert full == measured(bar(3, 18))[0]


def test_an_interval_holds_the_true_mean_95_times_of_100():
    rng = np.random.default_rng(0)
    effects = [mean_effect(rng.normal(0.3, 2.0, 20)) for _ in range(2000)]
    share = np.mean([effect.low < 0.3 < effect.high for effect in effects])
    assert share == pytest.approx(0.95, abs=0.015)


def test_a_random_direction_is_called_significant_5_times_of_100_however_attributes_depend_on_each_other():
    rng = np.random.default_rng(0)
    signed = [True, True, True, False]
    mixing = np.array([[1, 0.9, 0, 0], [0, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    named = 0
    trials = 2000
    for _ in range(trials):
        # Attributes of very different sizes, with distributions far from normal.
        changes = rng.standard_t(3, size=(40, 4)) @ mixing * [1, 100, 0.01, 1]
        changes[:, 3] = np.exp(changes[:, 3])
        named += min(p_values(changes[0], changes[1:], signed)) <= 0.05
    assert named / trials == pytest.approx(0.05, abs=0.015)


def test_what_stands_out_gets_the_smallest_p_and_frequencies_only_upwards():
    random = np.random.default_rng(0).normal(size=(39, 2))
    assert p_values(np.array([-9.0, 0.0]), random, [True, True]) == [1 / 40, 1.0]
    assert p_values(np.array([0.0, 9.0]), random, [True, False])[1] == 1 / 40
    assert p_values(np.array([0.0, -9.0]), random, [True, False])[1] == 1.0
    assert p_values(np.array([np.nan, 0.0]), random, [True, True]) == [1.0, 1.0]


def test_the_band_holds_95_percent_of_the_random_directions():
    changes = np.random.default_rng(0).normal(size=1000)
    signed = reference(changes, signed=True)
    assert signed.expected == 0
    assert signed.low == -signed.high
    assert np.mean(np.abs(changes) <= signed.high) == 0.95
    assert signed.rms == pytest.approx(np.sqrt(np.mean(changes**2)))
    frequency = reference(changes + 5, signed=False)
    assert frequency.expected == pytest.approx(changes.mean() + 5)
    assert np.mean((changes + 5 >= frequency.low) & (changes + 5 <= frequency.high)) == pytest.approx(0.95, abs=0.002)


class Bars(Generator):
    """A soft bar. Latent 0 shears it, 1 moves it aside, 2 makes it thicker, 3 paler; the others do nothing."""

    def __init__(self, latent_dim=24):
        super().__init__({})
        self.latent_dim, self.sample_shape = latent_dim, (1, 28, 28)
        self.layer = nn.Linear(latent_dim, latent_dim, bias=False)
        nn.init.eye_(self.layer.weight)

    def forward(self, latents):
        places = torch.arange(28) - 13.5
        x, y = places, places[:, None]
        shear, aside, thicker, paler = (value[:, None, None] for value in self.layer(latents).T[:4])
        distance = (x + 0.06 * shear * y - 0.3 * aside).abs()
        across = torch.sigmoid(3 * (2 + 0.15 * thicker - distance))
        along = torch.sigmoid(3 * (8 - y.abs()))
        return (2 * (0.7 - 0.05 * paler) * across * along - 1)[:, None]


def by_position(images):
    """A "classifier" whose class is the horizontal position of the ink, in bins of 1.2 pixels."""
    weights = (images[:, 0] + 1).sum(1)
    centre = (weights * (torch.arange(28) - 13.5)).sum(1) / weights.sum(1)
    return -(centre[:, None] - torch.linspace(-3, 3, 6)).abs()


def meaning_of(directions, samples=24):
    settings = small_sefa(start=-2.0, stop=2.0, measure_samples=samples, random_directions=99, random_samples=samples)
    return measure_meaning(Bars().eval(), DigitJudge(by_position), directions, [0], settings, "bars")


@pytest.fixture(scope="module")
def known():
    """The meaning of five directions: latents 0 to 3, which do one thing each, and one that does nothing."""
    return meaning_of(torch.eye(24)[[0, 1, 2, 3, 9]])


def test_a_direction_that_does_exactly_a_shear_is_slant(known):
    assert (known.name(0), known.sizes(0)) == ("leans right", "slant +3.4°")
    effect = known.findings[0][NAMES.index("slant")].effect
    # One unit of shear is atan(0.06), 3.43 degrees; each further unit adds a little less.
    assert 3.2 < effect.low < effect.mean < effect.high < 3.5


def test_directions_are_named_after_what_they_do(known):
    # The bar moves by 1.2 pixels along the sweep of length 4, so each sample changes its bin once.
    assert (known.name(1), known.sizes(1)) == ("another digit", "")
    # For a bar, width and thickness are nearly the same.
    assert sorted(known.name(2).split(", ")) == ["thicker strokes", "wider"]
    assert known.findings[2][NAMES.index("thickness")].significant
    assert known.findings[2][NAMES.index("thickness")].effect.mean == pytest.approx(0.3, abs=0.1)
    assert (known.name(3), known.sizes(3)) == ("less ink", "ink −3.3 px")
    assert known.findings[3][NAMES.index("ink")].effect.mean < 0


def test_a_direction_that_does_nothing_is_none(known):
    assert known.name(4) == "none"
    for finding in known.findings[4]:
        assert finding.effect.mean == pytest.approx(0, abs=1e-6)
        assert not finding.significant


def named(**found):
    """The meaning of one direction; found: {attribute: (change, times_random, significant)}, the rest is nothing."""
    findings = []
    for attribute in ATTRIBUTES:
        change, times, significant = found.get(attribute.name.replace(" ", "_"), (0.0, 0.0, False))
        effect = Interval(change, 0.1, change - 0.01, change + 0.01, 20)
        findings.append(Finding(attribute, effect, times, 0.01 if significant else 1.0, significant))
    return Meaning(small_sefa(), [], [findings])


@pytest.mark.parametrize(
    ("found", "name", "sizes"),
    [
        # The third is left out, and so is one that is large but not significant.
        (
            {
                "thickness": (0.5, 9.0, False),
                "slant": (-7.916, 2.0, True),
                "height": (0.0996, 3.0, True),
                "digit_identity": (0.1625, 1.6, True),
            },
            "taller, leans left",
            "height +0.10 px, slant −7.9°",
        ),
        ({"digit_identity": (0.04, 3.0, True)}, "another digit", ""),
        # Random directions do nothing to it: there is nothing that stands out more.
        (
            {"ink": (1.5, 50.0, True), "thickness": (0.00123, math.nan, True)},
            "thicker strokes, more ink",
            "thickness +0.0012 px, ink +1.5 px",
        ),
        ({"width": (-2.0, 5.0, False)}, "none", ""),
    ],
)
def test_a_name_is_the_two_strongest_significant_effects(found, name, sizes):
    meaning = named(**found)
    assert meaning.name(0) == name
    assert meaning.sizes(0) == sizes


def test_the_measurement_repeats_itself_and_turns_around_with_the_direction(known):
    again = meaning_of(torch.eye(24)[[9, 0, 0]] * torch.tensor([[1], [1], [-1]]))
    assert again.references == known.references
    assert again.findings[1] == known.findings[0]
    for there, back in zip(again.findings[1], again.findings[2], strict=True):
        sign = -1 if there.attribute.signed else 1
        assert back.effect.mean == pytest.approx(sign * there.effect.mean, abs=1e-5)
        assert back.significant == there.significant


def test_the_table_holds_every_finding_in_six_digits_and_is_json(known):
    content = metrics([5.0, 4.0, 3.0, 2.0, 1.0, 1 / 3], 5, known)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    slant = known.findings[0][NAMES.index("slant")]
    assert content["direction_1"] == {
        "eigenvalue": 5.0,
        "meaning": "leans right",
        "times_random": rounded(slant.times_random),
        "change": rounded(slant.effect.mean),
    }
    assert content["direction_5"] == {"eigenvalue": 1.0, "meaning": "none", "times_random": None, "change": None}
    assert len(content["table"]) == 5 * len(ATTRIBUTES)
    assert rounded(1 / 3) == 0.333333
    assert rounded(math.nan) is None
