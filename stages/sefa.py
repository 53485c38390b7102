"""Find and show the strongest directions of one generator of this pipeline: `python -m stages sefa progan`."""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.model_file import load_model
from saddle.core.process import use_threads
from saddle.errors import UserError
from saddle.files import write_json
from saddle.sefa.explore import Judge, Plan, explore
from saddle.sefa.meaning import ONLY_DIGITS, MeaningProtocol
from stages import paths


def main(generator: str) -> None:
    """Read the model and, for digits, the classifier; write strips, films, the page and what the directions mean."""
    settings = load_settings()
    sefa = settings.sefa
    use_threads(sefa.threads)
    if generator not in sefa.generators:
        allowed = ", ".join(sefa.generators) or "none"
        raise UserError(f"generator is {generator!r}; allowed: {allowed} (sefa.generators in params.yaml)")
    device = choose_device(settings.device)
    model = load_model(paths.model(paths.MNIST, generator), ("generator",), device)
    judge: Judge | str = ONLY_DIGITS
    if model.facts.get("dataset") == "mnist":
        classifier = load_model(paths.CLASSIFIER, ("classifier",), device)["classifier"]
        judge = Judge(classifier, MeaningProtocol(sefa.measure_samples, sefa.random_directions))
    plan = Plan.of(sefa)
    folder = paths.plots(paths.SEFA, plan.folder_name(generator))
    content = explore(model["generator"], settings.title(generator), folder, plan, judge, device)
    write_json(paths.metrics(paths.SEFA, generator), content)
