"""Where the stages read and write: each path once; dvc.yaml declares the same ones."""

from pathlib import Path

from saddle.errors import UserError

DATA = Path("data")
METRICS = Path("metrics")
PLOTS = Path("plots")

# What variants, runs and generators belong to: the folders that the functions below take.
POINTS = "points"
MNIST = "mnist"
# Runs of full length, which DVC does not know.
FULL = "full"
OPTIMIZERS = "optimizers"
FULL_BATCH = "full_batch"
SEFA = "sefa"

PREPARED_POINTS = DATA / "prepared/points.npz"
OTHER_POINTS = DATA / "prepared/points_others.npz"
FULL_BATCH_POINTS = DATA / "prepared/full_batch.npz"
FULL_BATCH_OTHERS = DATA / "prepared/full_batch_others.npz"
RAW_MNIST = DATA / "raw/mnist"
RAW_FACES = DATA / "raw/faces"
REAL_FEATURES = DATA / "features/mnist.npz"
# Where running trainings can be watched; DVC does not know the folder.
LIVE = DATA / "live"
CLASSIFIER = DATA / "models/mnist/classifier.safetensors"


def checked_comparison(name: str) -> str:
    """`name` if a comparison is called so. Raises `UserError` otherwise."""
    if name not in (OPTIMIZERS, FULL_BATCH):
        raise UserError(f"comparison is {name!r}; allowed: {OPTIMIZERS}, {FULL_BATCH}")
    return name


def prepared(comparison: str) -> Path:
    """The points that a comparison trains and judges by."""
    return FULL_BATCH_POINTS if comparison == FULL_BATCH else PREPARED_POINTS


def floor_of(comparison: str) -> Path:
    """The metrics of real points that a comparison is held against."""
    return metrics(FULL_BATCH if comparison == FULL_BATCH else POINTS, "floor")


def unfinished(group: str) -> Path:
    """Where runs of an interrupted comparison wait; emptied when all are there. DVC does not know the folder."""
    return DATA / "unfinished" / group


def model(group: str, name: str) -> Path:
    """The model file of a variant or run."""
    return DATA / "models" / group / f"{name}.safetensors"


def samples(group: str, name: str) -> Path:
    """The snapshots of a variant or run."""
    return DATA / "samples" / group / f"{name}.npz"


def runs(group: str) -> tuple[Path, Path]:
    """The folders of a comparison's models and of its snapshots."""
    return DATA / "models" / group, DATA / "samples" / group


def metrics(group: str, name: str) -> Path:
    """The metrics of a variant or generator."""
    return METRICS / group / f"{name}.json"


def plots(group: str, name: str) -> Path:
    """The folder of a variant's curves and pictures."""
    return PLOTS / group / name
