"""What several tests need: the project's settings, made tiny, and a network small enough to reason about."""

import copy
import os
from pathlib import Path
from typing import Any

# Before PyTorch is imported, here and in the processes that tests start: networks as small as the tests' gain nothing
# from a second thread, and beside other tests they take up to twenty times as long, as threads wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import yaml
from torch import Tensor

from saddle.config import Settings, load_settings
from saddle.data.fetching.faces import fetch_faces
from saddle.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())

TINY_LAYERS = {"hidden": [8, 8, 8]}
# The files that take longest come first, or one worker would still be at one of them when the other has nothing to do.
FIRST = {"test_pipeline", "test_images_pipeline", "test_sefa_stages", "test_remote"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests; those of a file stay together and in their order."""
    items.sort(key=lambda item: item.path.stem not in FIRST)


def tiny(params: dict[str, Any]) -> dict[str, Any]:
    """The project's parameters with budgets that take a second."""
    points = params["points"]
    points.update(train_size=200, max_points=40)
    points["evaluation"].update(draws=2, projections=8, neighbours=3)
    for name, epochs, every in (("minibatch", 4, 1), ("full_batch", 6, 2), ("tuned", 4, 1)):
        recipe = points["recipes"][name]
        recipe.update(epochs=epochs, log_every=1, snapshot_every=every, surface_cells=12)
        recipe["generator"].update(TINY_LAYERS)
        recipe["discriminator"].update(TINY_LAYERS)
    for name in ("minibatch", "tuned"):
        points["recipes"][name]["batch_size"] = 50
    images = params["images"]
    images["datasets"]["avatars"].update(count=320, held_out=0.35)
    for variant in images["variants"].values():
        variant.update(batch_size=20, log_every=5)
        variant["budgets"]["laptop"].update(epochs=1, sample_interval=5)
    images["variants"]["progan"]["networks"].update(fmaps_base=32, fmaps_max=4)
    # One thread, as above; but one variant has two, so that `make repro` has some of both kinds.
    for group in (*images["variants"].values(), images["classifier"], images["evaluation"], params["sefa"]):
        group.update(threads=1)
    images["variants"]["dropout_mlp"].update(threads=2)
    images["classifier"].update(steps=10, batch_size=20)
    images["evaluation"].update(samples=100, kid_subsets=2, kid_subset_size=50)
    params["comparison"].update(seeds=[0, 1], full_batch_seeds=[0, 1], workers=1)
    params["device"] = "cpu"
    return params


def noise_for(settings: Settings, variant: str, noise: Tensor) -> Tensor:
    """Random images (n, h, w) with as many channels as those that the variant learns."""
    return noise if settings.images.variant(variant).channels == 1 else noise.unsqueeze(3).expand(-1, -1, -1, 3)


@pytest.fixture
def params() -> dict[str, Any]:
    """The content of params.yaml, made tiny."""
    return tiny(copy.deepcopy(PARAMS))


@pytest.fixture
def settings(params: dict[str, Any], tmp_path: Path) -> Settings:
    """The tiny settings, loaded as a stage loads them."""
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(params))
    return load_settings(path)


@pytest.fixture(scope="session")
def face_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published face networks, as the stage fetches them; without a network the test is skipped."""
    folder = tmp_path_factory.mktemp("faces")
    try:
        complete = fetch_faces("auto", folder)
    except UserError as error:
        pytest.skip(f"the face networks cannot be fetched: {error}")
    if not complete:
        pytest.skip("the networks that judge faces cannot be fetched")
    return folder
