"""The notebooks: run from top to bottom in a kernel, and committed without outputs."""

import re
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from conftest import ROOT
from nbclient import NotebookClient

import saddle
from saddle.config import Settings
from saddle.core.model_file import save_model
from saddle.core.network import initialized
from saddle.core.process import use_threads
from saddle.experiments.points import train_points
from saddle.networks.progan import ProGANGenerator

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIRST_STEPS = "first_steps", 'MODEL = "../data/models/points/gan.safetensors"'
TRAINING = "training", 'EPOCHS, RECIPE, FILM = 20, "tuned", "training.gif"'


def changed(notebook: tuple[str, str], names: str, *values: object) -> Any:
    """The notebook with other values in its first cell of code, of which the line is known."""
    name, line = notebook
    content = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    first = next(cell for cell in content.cells if cell.cell_type == "code")
    assert line in first.source
    first.source = f"{names} = {', '.join(map(repr, values))}"
    return content


def outputs_of(notebook: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a kernel in `folder` puts out, on one thread: on a busy machine more of them wait for each other."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_a_kernel_runs_it_with_a_model_of_points(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_threads(1)
    run = train_points(settings, "gan", "rmsprop", np.random.default_rng(0).normal(size=(200, 2)), 40, quiet=True)
    model, picture = str(tmp_path / "gan.safetensors"), str(tmp_path / "moved.png")
    save_model(model, {"generator": run.generator, "discriminator": run.discriminator}, run.facts)
    notebook = changed(FIRST_STEPS, "MODEL, PICTURE", model, picture)
    shown = "".join(map(str, outputs_of(notebook, tmp_path, monkeypatch)))
    assert "'variant': 'gan'" in shown
    assert "(1000, 5, 2)" in shown
    assert shown.count("image/png") == 2
    assert np.ptp(iio.imread(picture)) > 0


def test_its_cells_run_with_a_model_of_colour_images(tmp_path: Path) -> None:
    plt.switch_backend("agg")
    model, picture = tmp_path / "progan.safetensors", tmp_path / "moved.png"
    generator = initialized(ProGANGenerator, 0, "g", latent_dim=4, resolution=8, fmaps_base=32, fmaps_max=4)
    save_model(model, {"generator": generator}, {})
    names: dict[str, Any] = {}
    for cell in changed(FIRST_STEPS, "MODEL, PICTURE", str(model), str(picture)).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    plt.close("all")
    assert names["moved"].shape == (6, 5, 3, 8, 8)
    np.testing.assert_array_equal(names["samples"], saddle.load(model).sample(6, seed=0))
    assert np.ptp(iio.imread(picture)) > 0


def test_a_kernel_trains_the_three_and_shows_losses_curves_and_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = changed(TRAINING, "EPOCHS, RECIPE, FILM", 3, "tuned", str(tmp_path / "training.gif"))
    outputs = outputs_of(notebook, ROOT / "notebooks", monkeypatch)
    shown = "".join(map(str, outputs))
    for name in ("class Minimax", "class Wasserstein", "def gradient_penalty"):
        assert name in shown
    fell = re.findall(
        r"^(.+): W2 fell from ([\d.]+) to ([\d.]+)", "".join(o.get("text", "") for o in outputs), re.MULTILINE
    )
    assert [name for name, *_ in fell] == ["GAN", "WGAN", "WGAN-GP"]
    assert all(float(end) < float(start) for _, start, end in fell)
    assert shown.count("'image/png'") == shown.count("data:image/gif;base64,") == 1
    assert len(iio.imread(tmp_path / "training.gif")) == 4  # the start, and each epoch


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_outputs_are_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type != "code" or (cell.outputs, cell.execution_count) == ([], None)
