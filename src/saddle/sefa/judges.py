"""Reading what measures the meaning of directions: a classifier of digits, or the networks that judge faces."""

from pathlib import Path

import torch

from saddle.config import SefaGenerator
from saddle.core.model_file import load_model
from saddle.faces.dense import ExpressionNetwork, LandmarkNetwork
from saddle.faces.judge import WHOLE, FaceJudge, load_networks
from saddle.faces.manifest import weights_name
from saddle.faces.recognition import RecognitionNetwork
from saddle.faces.xception import AgeGenderNetwork
from saddle.sefa.attributes import Judge
from saddle.sefa.digits import DigitJudge

DIGITS = "mnist"
FACE_NETWORKS = (AgeGenderNetwork, LandmarkNetwork, ExpressionNetwork, RecognitionNetwork)


def read_judge(chosen: SefaGenerator, dataset: str | None, device: torch.device) -> Judge | str:
    """The judge of a generator, on `device`; or a sentence that says why there is none.

    chosen: its `judge` is the file of a classifier, or the folder of the face networks. dataset: what the generator was
    trained on, None if it does not say. Raises `UserError` if a file is there and cannot be read.
    """
    path = Path(chosen.judge)
    if path.is_dir():
        missing = [kind.name for kind in FACE_NETWORKS if not (path / weights_name(kind.name)).is_file()]
        if missing:
            return f"The meaning is not measured: {path} has no {', no '.join(missing)} (dvc repro -f fetch_faces)."
        left, top, right, bottom = chosen.crop or WHOLE
        return FaceJudge(load_networks(path, device), (left, top, right, bottom))
    if dataset != DIGITS:
        return "The meaning is measured on handwritten digits only; this generator draws something else."
    return DigitJudge(load_model(path, ("classifier",), device)["classifier"])
