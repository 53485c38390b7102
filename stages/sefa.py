"""Find and show the strongest directions of a generator, and what they mean: `python -m stages sefa progan`."""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.process import use_threads
from saddle.errors import UserError
from saddle.files import write_json
from saddle.sefa.explore import Measurement, Plan, explore
from saddle.sefa.generators import read_generator
from saddle.sefa.judges import read_judge
from saddle.sefa.meaning import MeaningProtocol
from stages import paths


def main(name: str) -> None:
    """Read the generator and its judge; write strips, films, the page and what the directions mean."""
    settings = load_settings()
    sefa = settings.sefa
    use_threads(sefa.threads)
    if name not in sefa.generators:
        raise UserError(f"sefa.generators has no {name!r}; it has: {', '.join(sefa.generators) or 'nothing'}")
    chosen, device = sefa.generators[name], choose_device(settings.device)
    own = sefa.for_file(chosen)
    generator, dataset = read_generator(chosen.file, own, device)
    judge = read_judge(chosen, dataset, device)
    protocol = MeaningProtocol(own.measure_samples, own.random_directions, own.random_samples)
    measurement = judge if isinstance(judge, str) else Measurement(judge, protocol, own.measure_distance)
    plan = Plan.of(own)
    folder = paths.plots(paths.SEFA, plan.folder_name(name))
    content = explore(generator, settings.title(name), folder, plan, measurement, device)
    write_json(paths.metrics(paths.SEFA, name), content)
