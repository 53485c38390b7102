"""The SeFa stages as a user types them, in a clone of its own: a checkpoint that somebody else published."""

from pathlib import Path

import pytest
import torch
from clone import Clone, new_clone

from saddle.networks.progan import ProGANGenerator

SETTINGS = "-S sefa.steps=3 -S sefa.num_semantics=1 -S sefa.num_samples=2"
FOLDER = "plots/sefa/theirs_N2_K1_seed0"


def write_checkpoint(path: Path, seed: int) -> None:
    """A `.pth` in the layout of the public ProGAN, with weights from `seed`."""
    torch.manual_seed(seed)
    generator = ProGANGenerator(latent_dim=6, resolution=8, channels=3, fmaps_base=16, fmaps_max=4)
    torch.save({"generator_smooth": generator.state_dict()}, path)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("downloads") / "generator.pth"
    write_checkpoint(path, 0)
    return path


@pytest.fixture(scope="module")
def sefa_clone(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Clone:
    """A clone in which a checkpoint has been explored by an experiment, which is applied and committed."""
    clone = new_clone(tmp_path_factory.mktemp("clone"))
    clone.dvc(f"exp run -S +sefa.checkpoints.theirs.file={checkpoint} {SETTINGS} sefa_checkpoint")
    clone.commit()
    return clone


class TestCheckpoint:
    """One after the other in one clone; each leaves it as it found it."""

    def test_pictures_and_metrics_are_outputs(self, sefa_clone: Clone) -> None:
        names = {path.name for path in (sefa_clone.folder / FOLDER).iterdir()}
        assert names == {"index.html", "semantic_1.gif", "semantic_1.mp4", "semantic_1.png"}
        assert b"eigenvalue" in sefa_clone.read("metrics/sefa/theirs.json")
        assert "up to date" in sefa_clone.dvc("status sefa_checkpoint")

    def test_a_replaced_file_is_noticed(self, sefa_clone: Clone, checkpoint: Path) -> None:
        before, content = sefa_clone.read(f"{FOLDER}/semantic_1.png"), checkpoint.read_bytes()
        write_checkpoint(checkpoint, 1)
        try:
            assert sefa_clone.ran(sefa_clone.dvc("repro sefa_checkpoint")) == {"sefa_checkpoint@theirs"}
            assert sefa_clone.read(f"{FOLDER}/semantic_1.png") != before
        finally:
            checkpoint.write_bytes(content)
            sefa_clone.restore()

    def test_its_own_settings_make_it_stale(self, sefa_clone: Clone) -> None:
        before = sefa_clone.read(f"{FOLDER}/semantic_1.png")
        sefa_clone.dvc("exp run -S +sefa.checkpoints.theirs.stop=5 sefa_checkpoint")
        assert sefa_clone.read(f"{FOLDER}/semantic_1.png") != before
        sefa_clone.restore()
