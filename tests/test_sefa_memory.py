"""Drawing with the largest generators keeps to the memory that is promised, weights and PyTorch itself included."""

import subprocess
import sys

import pytest

DRAW = """
import resource, sys
import torch
from saddle.core.network_kinds import kind
from saddle.sefa.explore import Plan, explore
from saddle.sefa.traversal import Sweep
torch.set_num_threads(2)
style = {"latent_dim": 512, "w_dim": 512, "mapping_width": 512, "mapping_layers": 8, "channels": 3}
settings = {
    "progan": {"latent_dim": 512, "resolution": 1024},
    "stylegan": {**style, "widths": [512, 512, 512, 512, 256, 128, 64, 32, 16]},
    "stylegan2": {**style, "widths": [512, 512, 512, 512, 512, 256, 128, 64, 32]},
}[sys.argv[1]]
generator = kind(sys.argv[1]).NETWORKS["generator"](**settings).eval()
plan = Plan(1, 1, Sweep(-1, 1, 4), seed=0, strip_size=64, page_size=64, memory_gb=2.0)
explore(generator, "G", sys.argv[2], plan, "not measured", torch.device("cpu"), quiet=True)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9)
"""


@pytest.mark.long
@pytest.mark.parametrize(("name", "gigabytes"), [("progan", 4), ("stylegan", 5), ("stylegan2", 6)])
def test_images_of_1024_pixels_are_drawn_within_a_bound(name, gigabytes, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", DRAW, name, str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < gigabytes
