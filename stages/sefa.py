"""Find and show the strongest directions of a generator, and what they mean: `python -m stages sefa progan`."""

import sys

from saddle.config import load_settings
from saddle.core.files import write_json
from saddle.core.process import choose_device, use_threads
from saddle.errors import UserError
from saddle.sefa.explore import explore
from saddle.sefa.judges import read_judge
from saddle.sefa.layouts import read_generator
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
    generator, facts, note = read_generator(chosen.file, device)
    if note:
        print(note, file=sys.stderr)
    generator.truncate(own.truncation.psi, own.truncation.layers)
    judge = read_judge(chosen.judge, chosen.crop, facts.get("dataset"), device)
    folder = paths.plots(paths.SEFA, own.folder_of(name))
    write_json(paths.metrics(paths.SEFA, name), explore(generator, settings.title(name), folder, own, judge))
