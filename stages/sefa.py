"""Find and show the strongest directions of one generator: `python -m stages.sefa progan`.

`python -m stages.sefa checkpoint` does it for the file that sefa.checkpoint names, if it names one.
"""

import hashlib
from pathlib import Path
from typing import Literal

import torch

from saddle.config import ImageVariantName, SefaSettings, load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import load_model
from saddle.errors import reports_user_errors
from saddle.files import write_json
from saddle.sefa.explore import Judge, Plan, explore
from saddle.sefa.foreign import load_progan_checkpoint
from saddle.sefa.meaning import Protocol
from saddle.sefa.traversal import Sweep
from stages.variant import chosen_variant

CHECKPOINT = "checkpoint"
Explored = Literal[ImageVariantName, "checkpoint"]
TITLES = {"mlp": "MLP", "dropout_mlp": "MLP with dropout", "dcgan": "DCGAN", "progan": "ProGAN"}
ONLY_DIGITS = "The meaning is measured on handwritten digits only; this generator draws something else."


@reports_user_errors
def main() -> None:
    """Read a generator; write strips, films, the page and what the directions mean."""
    name = chosen_variant(Explored)
    settings = load_settings()
    sefa, device = settings.sefa, choose_device(settings.device)
    content = explore_checkpoint(sefa, device) if name == CHECKPOINT else explore_own(name, sefa, device)
    write_json(f"metrics/sefa/{name}.json", content)


def explore_own(name: str, sefa: SefaSettings, device: torch.device) -> dict[str, object]:
    """A generator that this pipeline trained."""
    model = load_model(f"data/models/mnist/{name}.safetensors", ("generator",), device)
    judge: Judge | str = ONLY_DIGITS
    if model.facts["dataset"] == "mnist":
        classifier = load_model("data/models/mnist/classifier.safetensors", ("classifier",), device)["classifier"]
        judge = Judge(classifier, Protocol(sefa.measure_samples, sefa.random_directions))
    plan = plan_of(sefa)
    return explore(model["generator"], TITLES[name], f"plots/sefa/{plan.folder_name(name)}", plan, judge, device)


def explore_checkpoint(sefa: SefaSettings, device: torch.device) -> dict[str, object]:
    """A generator that somebody else published; nothing but a note where sefa.checkpoint is null."""
    if sefa.checkpoint is None:
        return {CHECKPOINT: None}
    path = Path(sefa.checkpoint)
    generator = load_progan_checkpoint(path).to(device)
    plan = plan_of(sefa)
    content = explore(generator, path.stem, f"plots/sefa/{plan.folder_name(path.stem)}", plan, ONLY_DIGITS, device)
    # DVC does not know the file, so the metrics say which one it was.
    with path.open("rb") as file:
        return {CHECKPOINT: path.stem, "sha256": hashlib.file_digest(file, "sha256").hexdigest(), **content}


def plan_of(sefa: SefaSettings) -> Plan:
    """What the settings ask for."""
    return Plan(
        num_samples=sefa.num_samples,
        num_semantics=sefa.num_semantics,
        sweep=Sweep(sefa.start, sefa.stop, sefa.steps),
        seed=sefa.seed,
        strip_size=sefa.strip_size,
        page_size=sefa.page_size,
        memory_gb=sefa.memory_gb,
    )


if __name__ == "__main__":
    main()
