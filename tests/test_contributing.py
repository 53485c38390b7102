"""What CONTRIBUTING.md shows is applied to a copy of the library, and runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from saddle.data.mnist.files import FILES, read_content, to_arrays
from saddle.data.points.dataset import read_points

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
FILES_SHOWN = dict(re.findall(r'^```python title="(.+?)"\n(.*?)^```', TEXT, re.MULTILINE | re.DOTALL))
CHANGES = re.findall(r"^```diff\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

# In a process of its own: what is imported is the copy.
USE = """
import json, sys
import numpy as np, torch, yaml
torch.set_num_threads(1)
from conftest import tiny
from saddle.config import settings_of
from saddle.core.model_file import load_model, save_model
from saddle.experiments.images import train_images
from saddle.metrics.points import measuring
from saddle.reporting.directions import direction_of

params = tiny(yaml.safe_load(open(sys.argv[1])))
variant = params["images"]["variants"]["mlp"]
variant.update(objective="least_squares", optimizer="nadam", networks={"kind": "linear"})
images = torch.randint(256, (60, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
run = train_images(settings_of(params, "params.yaml"), "mlp", images, "noise")
save_model("linear.safetensors", {"generator": run.generator, "discriminator": run.discriminator}, run.facts)
model = load_model("linear.safetensors", ("generator",))

points = np.random.default_rng(0).normal(size=(40, 2))
protocol = measuring.PointsProtocol(1, 40, 8, 3, 2.5, 0.02)
moved = measuring.measure_sample(points + [3, 4], protocol.reference(points), protocol)
print(json.dumps({
    "library": measuring.__file__,
    "kind": model["generator"].kind,
    "objective": model.facts["objective"],
    "rows": len(run.log),
    "centre_distance": moved["centre_distance"],
    "sign": direction_of("centre_distance").sign,
}))
"""


def apply(path: Path, hunk: str) -> None:
    """Change a file as lines say that begin with a space, + or -, which must fit in one place."""
    lines = hunk.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text()
    assert text.count(f"\n{before}") == 1, f"CONTRIBUTING.md shows a change of {path.name} that does not fit: {before}"
    path.write_text(text.replace(f"\n{before}", f"\n{after}"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with everything added that is shown."""
    folder = tmp_path_factory.mktemp("contributing")
    for name in ("src", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for change in CHANGES:
        for name, hunks in re.findall(r"^\+\+\+ (.+)\n((?:(?!\+\+\+ ).*\n)+)", change, re.MULTILINE):
            for hunk in re.split(r"^@@.*\n", hunks, flags=re.MULTILINE):
                apply(folder / name, hunk)
    for name, content in FILES_SHOWN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_a_loss_an_optimizer_a_network_and_a_metric_are_used_as_shown(copy: Path) -> None:
    paths = f"{copy / 'src'}{os.pathsep}{ROOT / 'tests'}"
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", USE, str(ROOT / "params.yaml")],
        cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("library").startswith(str(copy))
    assert found.pop("centre_distance") == pytest.approx(5)
    assert found.pop("rows") > 0
    assert found == {"kind": "linear", "objective": "least_squares", "sign": "↓"}


def test_what_is_shown_is_written_as_the_project_is(copy: Path) -> None:
    rules = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["check", "--extend-ignore", "D1,I001", *rules], ["format", "--check", *rules]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "src"], cwd=copy, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_the_files_of_a_data_set_are_read(copy: Path) -> None:
    subprocess.run([sys.executable, "write_images.py"], cwd=copy, check=True, timeout=120)
    arrays = to_arrays({name: read_content(copy / name) for name in FILES}, {name: name for name in FILES})
    assert sorted(array.shape for array in arrays.values()) == [(200,), (200, 28, 28), (1000,), (1000, 28, 28)]
    assert read_points(copy / "points.mat", "xx").shape == (5000, 2)
