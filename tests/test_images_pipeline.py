"""The MNIST stages as a user types them, on a folder of tiny data, in a clone of its own."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from clone import Clone, new_clone, use_tiny_mnist
from conftest import ROOT
from PIL import Image

IMAGE_VARIANTS = ("mlp", "dropout_mlp", "dcgan", "compact", "progan")


@pytest.fixture(scope="module")
def mnist_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which the MNIST stages have run without any network, and are committed."""
    clone = new_clone(tmp_path_factory.mktemp("clone"))
    path = clone.folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    use_tiny_mnist(params, tmp_path_factory.mktemp("elsewhere"))
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    clone.dvc("repro evaluate_images evaluate_images_floor render_images")
    clone.commit()
    return clone


class TestMNIST:
    """One after the other in one clone; each leaves it as it found it."""

    def test_every_variant_is_trained_drawn_and_measured(self, mnist_clone: Clone) -> None:
        names = ("floor_mnist", *IMAGE_VARIANTS)
        metrics = {name: json.loads(mnist_clone.read(f"metrics/images/{name}.json")) for name in names}
        assert {content["dataset"] for content in metrics.values()} == {"TinyMNIST"}
        assert metrics["floor_mnist"]["fid"] < min(metrics[name]["fid"] for name in IMAGE_VARIANTS)
        assert "d_fake" in metrics["dcgan"]
        for name in IMAGE_VARIANTS:
            for picture in ("training.gif", "final.png", "strip.png", "real_fake.png", "curves.png"):
                assert mnist_clone.read(f"plots/images/{name}/{picture}")

    def test_a_new_variant_of_known_parts_needs_params_alone(self, mnist_clone: Clone) -> None:
        path = mnist_clone.folder / "params.yaml"
        params = yaml.safe_load(path.read_text())
        new = {**params["images"]["variants"]["mlp"], "optimizer": "adamw", "objective": "hinge"}
        params["images"]["variants"]["hinge-mlp"] = new
        path.write_text(yaml.safe_dump(params, sort_keys=False))
        try:
            output = mnist_clone.dvc("repro evaluate_images@hinge-mlp render_images@hinge-mlp")
            metrics = json.loads(mnist_clone.read("metrics/images/hinge-mlp.json"))
            assert mnist_clone.read("plots/images/hinge-mlp/training.gif")[:3] == b"GIF"
        finally:
            mnist_clone.restore()
            mnist_clone.run("git clean --quiet --force -d metrics plots")
        assert mnist_clone.ran(output) == {
            f"{stage}@hinge-mlp" for stage in ("train_images", "evaluate_images", "render_images")
        }
        assert metrics["fid"] > 0

    @pytest.mark.long
    def test_training_a_variant_again_gives_the_same_bytes(self, mnist_clone: Clone) -> None:
        before = mnist_clone.read("dvc.lock")
        output = mnist_clone.dvc("repro --force --single-item train_classifier train_images render_images@progan")
        assert {f"train_images@{name}" for name in IMAGE_VARIANTS} < mnist_clone.ran(output)
        assert mnist_clone.read("dvc.lock") == before
        assert mnist_clone.run("git status --porcelain").stdout == ""

    def test_pictures_of_ones_own_by_the_commands_of_the_how_to(self, mnist_clone: Clone, tmp_path: Path) -> None:
        shown = re.findall(r"^\$ (.+)$", (ROOT / "docs/how-to/own-images.md").read_text(), re.MULTILINE)[:3]
        (tmp_path / "pictures").mkdir()
        for number, colours in enumerate(np.random.default_rng(0).integers(256, size=(300, 3, 4, 3), dtype=np.uint8)):
            Image.fromarray(colours).resize((40, 30)).save(tmp_path / f"pictures/{number}.png")
        try:
            output = "".join(
                mnist_clone.shell(
                    command.replace("/data/pictures", f"{tmp_path}/pictures").replace("epochs=1000", "epochs=2")
                )
                for command in shown
            )
            figures, floor, classifier = (
                json.loads(mnist_clone.read(f"metrics/images/{name}.json"))
                for name in ("compact", "floor_mine", "classifier_mine")
            )
            with Image.open(mnist_clone.folder / "mine.png") as grid:
                colours = np.asarray(grid.convert("RGB")).astype(int)
        finally:
            mnist_clone.restore()
            mnist_clone.run("git clean --quiet --force -d .")
        # The image variant and its data set alone: nothing of MNIST is done again.
        stages = ("read_images@mine", "train_classifier@mine", "evaluate_images_floor@mine")
        assert mnist_clone.ran(output) == {
            *stages, "train_images@compact", "evaluate_images@compact", "render_images@compact"
        }  # fmt: skip
        assert (figures["dataset"], figures["classifier_accuracy"]) == ("mine", None)
        assert floor["fid"] < figures["fid"]
        assert {"kid", "precision", "coverage", "memorization", "d_real"} <= figures.keys()
        assert figures.keys().isdisjoint({"digit_share", "inception_score", "class_entropy"})
        assert classifier == {"dataset": "mine", "test_accuracy": None}
        assert np.ptp(colours, axis=2).max() > 20
        assert "note: 270 training images make 13 steps an epoch, 26 in all; raise images.variants.compact" in output
