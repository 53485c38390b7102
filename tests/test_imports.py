"""What a stage imports costs each of its runs a second or more: it is what it needs, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable

import pytest
from conftest import ROOT

# What takes a noticeable time to import.
HEAVY = {
    "dask",
    "distributed",
    "matplotlib",
    "matplotlib.pyplot",
    "ot",
    "pandas",
    "scipy.ndimage",
    "scipy.stats",
    "torch",
    "torch._dynamo",
    "torch_fidelity",
    "torchvision",
}
NOTHING: set[str] = set()
TRANSPORT = {"ot", "scipy.ndimage", "scipy.stats", "torch"}
CLUSTER = {"dask", "distributed", "torch"}
NEEDED = {
    "fetch_faces": NOTHING,
    "fetch_mnist": NOTHING,
    "draw_avatars": {"torch"},
    "read_images": {"torch"},
    "prepare_points": {"torch"},
    "train_points": {"torch"},
    "train_images": {"torch"},
    "train_classifier": {"torch"},
    "train_judge": {"torch"},
    "train_runs": CLUSTER,
    "evaluate_points": TRANSPORT,
    "evaluate_points_floor": TRANSPORT,
    "evaluate_images": {"torch"},
    "evaluate_images_floor": {"torch"},
    "compare_runs": CLUSTER | TRANSPORT,
    "render_points": {"matplotlib"},
    "render_variants": {"matplotlib"},
    "render_optimizers": {"matplotlib", "pandas"},
    "render_images": {"matplotlib", "pandas", "torch"},
    "full_length": {"matplotlib", "pandas", "torch"},
    "sefa": {"matplotlib", "scipy.ndimage", "torch"},
    "sefa_checkpoint": {"matplotlib", "torch"},
}
# Stages that need the same are imported by one process, forked off one that has imported PyTorch where they need it.
PROGRAM = """
import importlib, json, os, sys
import stages.__main__

groups, heavy = json.loads(sys.argv[1])
for names, group in sorted(groups, key=lambda pair: "torch" in pair[0]):
    if "torch" in names:
        import torch
    child = os.fork()
    if child == 0:
        for stage in group:
            importlib.import_module("stages." + stage)
            print(json.dumps([stage, sorted(set(heavy) & set(sys.modules))]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_stage_imports_what_it_needs_and_nothing_else() -> None:
    needed = {stage: sorted(names) for stage, names in NEEDED.items()}
    others = {"__init__", "__main__", "paths"}
    assert set(needed) == {path.stem for path in (ROOT / "stages").glob("*.py")} - others
    groups = [(names, [stage for stage in needed if needed[stage] == names]) for names in _distinct(needed.values())]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([groups, sorted(HEAVY)])],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert dict(json.loads(line) for line in done.stdout.splitlines()) == needed


def _distinct(values: Iterable[list[str]]) -> list[list[str]]:
    return [list(names) for names in sorted({tuple(value) for value in values})]
