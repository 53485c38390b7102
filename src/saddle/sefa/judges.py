"""Reading what measures the meaning of directions: a classifier of digits, or the networks that judge faces."""

from collections.abc import Sequence
from pathlib import Path

import torch

from saddle.core.model_file import load_model
from saddle.faces.judge import NETWORKS, WHOLE, FaceJudge, load_networks
from saddle.faces.weights import weights_name
from saddle.metrics.shared.attributes import Judge
from saddle.sefa.digits import DigitJudge

DIGITS = "mnist"


def read_judge(
    path: str | Path, crop: Sequence[float] | None, dataset: str | None, device: torch.device
) -> Judge | str:
    """What measures images, on `device`; or a sentence that says why there is none.

    path: the file of a classifier of digits, or the folder of the face networks. crop: the part of an image that these
    are given; None for all. dataset: what the generator was trained on, None if it does not say. Raises `UserError` if
    a file is there and cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        missing = [kind.name for kind in NETWORKS if not (path / weights_name(kind.name)).is_file()]
        if missing:
            return f"The meaning is not measured: {path} has no {', no '.join(missing)} (dvc repro -f fetch_faces)."
        left, top, right, bottom = crop or WHOLE
        return FaceJudge(load_networks(path, device), (left, top, right, bottom))
    if dataset != DIGITS:
        return "The meaning is measured on handwritten digits only; this generator draws something else."
    return DigitJudge(load_model(path, ("classifier",), device)["classifier"])
