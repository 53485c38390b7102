"""Where the stages read and write: each path once; dvc.yaml declares the same ones."""

from pathlib import Path

DATA = Path("data")
METRICS = Path("metrics")
PLOTS = Path("plots")

# What variants, runs and generators belong to: the folders that the functions below take.
POINTS = "points"
MNIST = "mnist"
OPTIMIZERS = "optimizers"
SEFA = "sefa"

PREPARED_POINTS = DATA / "prepared/points.npz"
RAW_MNIST = DATA / "raw/mnist"
REAL_FEATURES = DATA / "features/mnist.npz"
CLASSIFIER = DATA / "models/mnist/classifier.safetensors"
# Runs of an interrupted comparison wait here; emptied when all are there. DVC does not know the folder.
UNFINISHED = DATA / "unfinished/comparison"


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
