"""Where the stages read and write: each path once; dvc.yaml declares the same ones."""

from pathlib import Path

DATA = Path("data")
METRICS = Path("metrics")
PLOTS = Path("plots")

PREPARED_POINTS = DATA / "prepared/points.npz"
MNIST = DATA / "raw/mnist"
REAL_FEATURES = DATA / "features/mnist.npz"
CLASSIFIER = DATA / "models/mnist/classifier.safetensors"
OPTIMIZERS = "optimizers"
# Runs of an interrupted comparison wait here; emptied when all are there. DVC does not know the folder.
UNFINISHED = DATA / "unfinished/comparison"

POINTS_DATA = "points"
MNIST_DATA = "mnist"
SEFA = "sefa"


def model(group: str, name: str) -> Path:
    """The model file of a variant or run."""
    return DATA / "models" / group / f"{name}.safetensors"


def samples(group: str, name: str) -> Path:
    """The snapshots of a variant or run."""
    return DATA / "samples" / group / f"{name}.npz"


def metrics(group: str, name: str) -> Path:
    """The metrics of a variant or generator."""
    return METRICS / group / f"{name}.json"


def plots(group: str, name: str) -> Path:
    """The folder of a variant's curves and pictures."""
    return PLOTS / group / name
