"""Where the stages read and write: each path once; dvc.yaml declares the same ones."""

from pathlib import Path

from saddle.errors import UserError

DATA = Path("data")
METRICS = Path("metrics")
PLOTS = Path("plots")

# What variants, runs and generators belong to: the folders that the functions below take.
POINTS = "points"
IMAGES = "images"
# Runs of full length, which DVC does not know.
FULL = "full"
OPTIMIZERS = "optimizers"
FULL_BATCH = "full_batch"
SEFA = "sefa"
# The data set whose attributes are known, and what reads them.
AVATARS = "avatars"
JUDGE = "judge_avatars"

RAW_MNIST = DATA / "raw/mnist"
RAW_AVATARS = DATA / "raw/avatars"
RAW_FACES = DATA / "raw/faces"
# Where running trainings can be watched; DVC does not know the folder.
LIVE = DATA / "live"


def points_of(comparison: str) -> str:
    """Whose prepared points and floor a comparison has. Raises `UserError` for one that there is not."""
    if comparison not in (OPTIMIZERS, FULL_BATCH):
        raise UserError(f"comparison is {comparison!r}; allowed: {OPTIMIZERS}, {FULL_BATCH}")
    return FULL_BATCH if comparison == FULL_BATCH else POINTS


def prepared(group: str = POINTS) -> Path:
    """The points that are trained on and judged by: of the chosen recipe, or of R1 (FULL_BATCH)."""
    return DATA / "prepared" / f"{group}.npz"


def others(group: str) -> Path:
    """Those that the floor is measured with."""
    return DATA / "prepared" / f"{group}_others.npz"


def unfinished(group: str) -> Path:
    """Where runs of an interrupted comparison wait; emptied when all are there. DVC does not know the folder."""
    return DATA / "unfinished" / group


def images(dataset: str) -> Path:
    """The folder of a data set of images."""
    return DATA / IMAGES / dataset


def real_features(dataset: str) -> Path:
    """The features of a data set's images."""
    return DATA / "features" / f"{dataset}.npz"


def classifier(dataset: str) -> str:
    """The name of the files of the classifier of a data set, among those of images."""
    return f"classifier_{dataset}"


def floor(dataset: str) -> str:
    """The name of the metrics of real images, among those of images."""
    return f"floor_{dataset}"


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
