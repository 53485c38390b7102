"""The same as the stage sefa, for a generator that others published: `python -m stages sefa_checkpoint NAME`.

NAME is one that sefa.checkpoints gives to a checkpoint's file.
"""

import sys

from saddle.config import load_settings
from saddle.core.files import write_json
from saddle.core.process import choose_device, use_threads
from saddle.errors import UserError
from saddle.sefa.explore import explore
from saddle.sefa.layouts import read_generator
from saddle.sefa.meaning import NOT_JUDGED
from stages import paths


def main(name: str) -> None:
    """Read the checkpoint; write strips, films, the page and the eigenvalues."""
    settings = load_settings()
    checkpoints = settings.sefa.checkpoints
    use_threads(settings.sefa.threads)
    if name not in checkpoints:
        raise UserError(f"sefa.checkpoints has no {name!r}; it has: {', '.join(checkpoints) or 'nothing'}")
    own = settings.sefa.for_file(checkpoints[name])
    generator, _, note = read_generator(checkpoints[name].file, choose_device(settings.device))
    if note:
        print(note, file=sys.stderr)
    generator.truncate(own.truncation.psi, own.truncation.layers)
    folder = paths.plots(paths.SEFA, own.folder_of(name))
    write_json(paths.metrics(paths.SEFA, name), explore(generator, settings.title(name), folder, own, NOT_JUDGED))
