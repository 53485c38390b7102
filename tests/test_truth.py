"""SeFa held against the truth: generators of which it is known what each direction does to which attribute."""

import base64
import io
import json
import math
import re
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pytest
import torch
from PIL import Image
from small_sefa import small_sefa
from torch import nn
from torch.nn import functional as F

from saddle.core.model_file import save_model
from saddle.core.network import Generator, initialized
from saddle.data.avatars import named_values
from saddle.errors import UserError
from saddle.networks.classifier import AttributeReader
from saddle.networks.mlp import MLPGenerator
from saddle.sefa.explore import explore
from saddle.sefa.factorization import factorize
from saddle.sefa.judges import read_judge
from saddle.sefa.meaning import measure_meaning
from saddle.sefa.traversal import as_bytes, drawn_codes
from saddle.sefa.truth import (
    AttributeJudge,
    directions_fitted,
    fitted_directions,
    purity,
    separation,
    strongest_at_random,
    summary,
)

LATENTS, DISTANCE = 8, 1.0
# Half a right angle between the first two coordinates: either rotated one moves both attributes alike.
MIXED = torch.eye(LATENTS)
MIXED[:2, :2] = torch.tensor([[1.0, 1.0], [-1.0, 1.0]]) / math.sqrt(2)


class Three(Generator):
    """Images whose three channels are three coordinates of the latent vector, of which SeFa finds `axes`, in order."""

    def __init__(self, axes):
        super().__init__({})
        self.latent_dim, self.sample_shape = LATENTS, (3, 2, 2)
        self.layer = nn.Linear(LATENTS, LATENTS, bias=False)
        self.layer.weight.data = torch.diag(torch.arange(LATENTS, 0.0, -1)) @ axes

    def forward(self, latents):
        # The first layer is undone, so that the images are the same whichever axes it has.
        return torch.linalg.solve(self.layer.weight, self.layer(latents).T).T[:, :3, None, None].expand(-1, -1, 2, 2)


class Signs:
    """Reads whether each channel is above 0."""

    values = MappingProxyType({"red": ["off", "on"], "green": ["off", "on"], "blue": ["off", "on"]})
    channels = 3

    def read(self, images):
        return (images.mean((2, 3)) > 0).long()


def separated(axes):
    """The rows of the table by attribute and method, for a generator whose SeFa directions are `axes`."""
    generator, judge = Three(axes).eval(), AttributeJudge(Signs())
    counts = {"measure_samples": 400, "random_directions": 39, "random_samples": 400}
    settings = small_sefa(start=-DISTANCE, stop=DISTANCE, num_semantics=3, **counts)
    directions = factorize(generator.first_layer()).strongest(3)
    torch.testing.assert_close(directions.abs().float(), axes[:3].abs())
    every = torch.cat([directions, directions_fitted(generator, judge.reader, [0], settings)])
    rows = separation(measure_meaning(generator, judge, every, [0], settings, "x"), 3)
    return {(row["attribute"], row["method"]): row for row in rows}, rows


def test_axes_of_the_attributes_are_pure_and_found_by_sefa_and_by_the_fit():
    found, rows = separated(torch.eye(LATENTS))
    # A normal variable changes its sign between -1 and 1 apart if it lies within 1 of 0.
    expected = math.erf(DISTANCE / math.sqrt(2))
    for place, attribute in enumerate(Signs.values):
        for method in ("sefa", "fitted"):
            row = found[attribute, method]
            assert row["direction"] == place + 1
            assert row["changed"] == pytest.approx(expected, abs=0.07)
            assert row["changed_low"] < row["changed"] < row["changed_high"]
        assert (found[attribute, "sefa"]["purity"], found[attribute, "sefa"]["purity_low"]) == (1.0, 1.0)
        assert found[attribute, "fitted"]["purity"] > 0.9
        random = found[attribute, "random"]
        assert random["changed"] < expected and 1 / 3 < random["purity"] < 0.8
    assert summary(rows)["purity"]["sefa"] == 1.0


def test_mixed_directions_are_half_as_pure_and_the_fit_stays_pure():
    found, _ = separated(MIXED)
    for attribute in ("red", "green"):
        mixed = found[attribute, "sefa"]
        assert mixed["purity"] == pytest.approx(0.5, abs=0.05)
        assert mixed["changed"] == pytest.approx(math.erf(DISTANCE / 2), abs=0.08)
        assert found[attribute, "fitted"]["purity"] > 0.9
    assert found["blue", "sefa"]["purity"] == 1.0


def test_a_fit_finds_the_direction_that_values_lie_along():
    codes = torch.randn(4000, 6, generator=torch.Generator().manual_seed(0))
    direction = F.normalize(torch.arange(1.0, 7.0), dim=0)
    along = codes @ direction
    several = torch.bucketize(along, torch.tensor([-0.7, 0.0, 0.7]))  # four values
    found = fitted_directions(codes, torch.stack([along > 0, 7 * several], 1).long())
    assert found.norm(dim=1).tolist() == pytest.approx([1, 1])
    assert (found @ direction.double()).abs().tolist() == pytest.approx([1, 1], abs=0.01)


def test_purity_is_the_share_of_all_changes_and_its_interval_holds_the_truth():
    changes = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1]])
    assert [purity(changes, place).mean for place in range(3)] == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    assert purity(np.zeros((4, 3)), 0).mean == 0
    rng = np.random.default_rng(0)
    many = [purity(rng.random((200, 2)) < (0.6, 0.3), 0) for _ in range(1000)]
    assert np.mean([each.low < 2 / 3 < each.high for each in many]) == pytest.approx(0.95, abs=0.02)


def test_the_strongest_of_random_directions_is_that_of_all_their_sets():
    rng = np.random.default_rng(0)
    changes = [(rng.random((50, 3)) < rng.random(3)).astype(float) for _ in range(7)]
    best = [max(chosen, key=lambda each: each[:, 1].mean()) for chosen in combinations(changes, 3)]
    changed, pure = strongest_at_random(changes, 1, 3)
    assert changed.mean == pytest.approx(np.mean([each[:, 1].mean() for each in best]))
    assert pure.mean == pytest.approx(np.mean([purity(each, 1).mean for each in best]))
    assert pure.low <= pure.mean <= pure.high


def test_a_reader_is_a_judge_of_what_its_own_data_set_taught(tmp_path):
    values = {"skin": ["pale", "brown", "dark"], "hat": ["none", "cap"]}
    reader = initialized(AttributeReader, 0, "x", values=values, channels=3, size=16).eval()
    logits = reader(torch.zeros(4, 3, 16, 16))
    assert logits.shape == (4, 3, 2)
    assert logits[:, 2, 1].isinf().all() and logits[:, :2, 1].isfinite().all()
    save_model(tmp_path / "reader.safetensors", {"reader": reader}, {"dataset": "avatars"})
    judge = read_judge(tmp_path / "reader.safetensors", None, "avatars", torch.device("cpu"))
    assert [attribute.in_words(0.3) for attribute in judge.attributes] == ["skin", "hat"]
    pictures = torch.rand(5, 3, 16, 16) * 2 - 1
    torch.testing.assert_close(judge.reader.read(pictures), reader.read(pictures))
    assert not judge.changes(pictures, pictures).any()
    told = read_judge(tmp_path / "reader.safetensors", None, "mnist", torch.device("cpu"))
    assert told.endswith("reads avatars; this generator draws something else.")


def test_the_table_lies_beside_a_page_that_shows_every_pixel_as_it_is(tmp_path):
    values = {"hat": ["none", "cap"], "hair_colour": ["fair", "brown", "dark"]}
    reader = initialized(AttributeReader, 0, "x", values=values, channels=3, size=16).eval()
    generator = initialized(
        MLPGenerator, 0, "x", latent_dim=6, sample_shape=(3, 16, 16), hidden=[16], activation="relu"
    ).eval()
    content = explore(generator, "avatars", tmp_path / "avatars", small_sefa(num_samples=1), AttributeJudge(reader))
    assert content["purity"].keys() == content["changed"].keys() == {"sefa", "random", "fitted"}
    lines = (tmp_path / "avatars/separation.csv").read_text().splitlines()
    assert lines[0].startswith("attribute,method,direction,changed,") and len(lines) == 1 + 3 * len(values)
    assert lines[4].startswith("hair colour,sefa,")
    page = (tmp_path / "avatars/index.html").read_text()
    data = json.loads(re.search(r'id="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["images"][0][0][1].partition(",")[2]))))
    codes = drawn_codes(generator, 1, 0, "sefa shown samples")
    np.testing.assert_array_equal(shown, as_bytes(generator.sample(codes), 16)[0])
    assert data["pixelated"] and data["image_size"] == 16
    with pytest.raises(UserError, match="avatars are measured on images of 3 channels; these have 1"):
        grey = initialized(MLPGenerator, 0, "x", latent_dim=6, sample_shape=(1, 16, 16), hidden=[16], activation="relu")
        explore(grey.eval(), "grey", tmp_path / "grey", small_sefa(), AttributeJudge(reader))


def test_values_that_differ_by_a_number_alone_are_one_and_what_has_no_name_is_left_out():
    values = {
        "hair": ["long01", "long02", "short01"],
        "eyes": ["variant01", "variant02"],
        "skin": ["#ffdb01", "#ffdb02"],
    }
    table = {name: np.array([2, 1, 0] if name == "hair" else [0, 1, 1], np.uint8) for name in values}
    found, names = named_values(table, values)
    assert names == {"hair": ["long", "short"], "skin": ["#ffdb01", "#ffdb02"]}
    assert {name: numbers.tolist() for name, numbers in found.items()} == {"hair": [1, 0, 0], "skin": [0, 1, 1]}
