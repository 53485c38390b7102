"""SeFa on the layers of style-based generators: which are moved, by what, and what they draw."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from small_sefa import small_sefa

from saddle.config import load_settings
from saddle.config.sefa import SefaFile
from saddle.core.model_file import kind
from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.sefa.explore import explore
from saddle.sefa.factorization import factorize
from saddle.sefa.traversal import layer_numbers, moved
from stages import sefa_checkpoint

VECTORS = Path(__file__).parent / "vectors" / "stylegan_r32.npz"
KINDS = ["stylegan", "stylegan2"]
STYLES = {"latent_dim": 6, "w_dim": 5, "mapping_width": 7, "mapping_layers": 2, "widths": [4, 4], "channels": 3}


def small(name, **settings):
    return initialized(kind(name).NETWORKS["generator"], 0, "test", **{**STYLES, **settings}).eval()


OWN = {"num_samples": 1, "num_semantics": 2}


def plan(**changes):
    return small_sefa(**{**OWN, **changes})


def test_layers_are_named_as_in_the_sefa_authors_code():
    assert layer_numbers("all", 4) == [0, 1, 2, 3]
    assert layer_numbers("0-1", 4) == [0, 1]
    assert layer_numbers("3,0-1,1", 4) == [0, 1, 3]
    assert layer_numbers("2", 4) == [2]


@pytest.mark.parametrize("name", KINDS)
def test_images_moved_in_two_layers_match_the_reference(name):
    with np.load(VECTORS) as archive:
        known = {key.removeprefix(f"{name}/"): torch.from_numpy(archive[key]) for key in archive if f"{name}/" in key}
    generator = small(
        name, latent_dim=24, w_dim=24, mapping_width=24, mapping_layers=4, widths=[32, 32, 32, 16], channels=3
    )
    generator.load_state_dict({key[6:]: value for key, value in known.items() if key.startswith("state/")})
    codes = generator.codes(known["z"])
    found = factorize(generator.style_weights([0, 1])).directions[0]
    direction = known["sefa/0-1/directions"][0]
    torch.testing.assert_close(found * torch.sign(found @ direction), direction, atol=1e-4, rtol=0)
    images = generator.sample(moved(codes, direction, 2.0, [0, 1]))
    torch.testing.assert_close(images, known["image_moved_layers0-1_by2"], atol=1e-4, rtol=0)
    torch.testing.assert_close(generator.sample(codes), known["image"], atol=1e-4, rtol=0)


def test_each_choice_of_layers_has_pictures_and_a_page_that_leads_to_the_others(tmp_path):
    chosen = plan(layers=("all", "0-1", "2"))
    metrics = explore(small("stylegan2"), "S", tmp_path / "out", chosen, "not measured")
    files = {"index.html", *(f"semantic_{k}.{ending}" for k in (1, 2) for ending in ("png", "gif", "mp4"))}
    folders = {"layers_0-1", "layers_2"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == files | folders
    for name in folders:
        assert {path.name for path in (tmp_path / "out" / name).iterdir()} == files
        assert metrics[name]["direction_1"]["eigenvalue"] != metrics["direction_1"]["eigenvalue"]
    pages = {"index.html", "layers_0-1/index.html", "layers_2/index.html"}
    for page in pages:
        place = tmp_path / "out" / page
        data = re.search(r'id="data">(.*?)</script>', place.read_text(encoding="utf-8"))
        links = json.loads(data[1])["links"]
        assert [link["words"] for link in links] == ["all layers", "layers 0-1", "layer 2"]
        others = {(place.parent / link["href"]).resolve() for link in links if link["href"]}
        assert others == {tmp_path / "out" / other for other in pages - {page}}
        assert all(other.is_file() for other in others)


def test_layers_that_are_not_there_stop_before_anything_is_drawn(tmp_path):
    with pytest.raises(UserError, match=r"layers has '0-9'; the generator's layers are 0 to 3"):
        explore(small("stylegan"), "S", tmp_path / "out", plan(layers=("0-9",)), "")
    assert list(tmp_path.iterdir()) == []


def test_the_settings_of_a_checkpoint_take_the_place_of_the_common_ones(monkeypatch, tmp_path, capsys):
    torch.save({"g_ema": small("stylegan").state_dict(), "epoch": 3}, tmp_path / "a.pth")
    settings = load_settings(ROOT / "params.yaml")
    own = SefaFile(file="a.pth", layers=["1-2"], steps=2)
    changes = {"checkpoints": {"theirs": own}, "num_samples": 1, "num_semantics": 1}
    changed = settings.model_copy(update={"sefa": settings.sefa.model_copy(update=changes)})
    monkeypatch.setattr(sefa_checkpoint, "load_settings", lambda: changed)
    plans = []

    def explored(generator, title, folder, plan, judge):
        plans.append((plan, generator.psi, generator.truncated))
        return {}

    monkeypatch.setattr(sefa_checkpoint, "explore", explored)
    monkeypatch.chdir(tmp_path)
    sefa_checkpoint.main("theirs")
    plan, psi, layers = plans[0]
    assert (plan.layers, plan.steps, plan.stop) == (["1-2"], 2, settings.sefa.stop)
    assert (psi, layers) == (0.7, 8)
    assert capsys.readouterr().err == "a.pth: g_ema is drawn; not used: 'epoch'\n"
