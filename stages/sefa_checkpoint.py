"""The same as the stage sefa, for a generator that others published: `python -m stages sefa_checkpoint NAME`.

NAME is one that sefa.checkpoints gives to a `.pth` file.
"""

from saddle.config import load_settings
from saddle.core.device import choose_device
from saddle.core.process import use_threads
from saddle.errors import UserError
from saddle.files import write_json
from saddle.sefa.explore import Plan, explore
from saddle.sefa.generators import read_generator
from saddle.sefa.meaning import NOT_JUDGED
from stages import paths


def main(name: str) -> None:
    """Read the checkpoint; write strips, films, the page and the eigenvalues."""
    settings = load_settings()
    checkpoints = settings.sefa.checkpoints
    use_threads(settings.sefa.threads)
    if name not in checkpoints:
        raise UserError(f"sefa.checkpoints has no {name!r}; it has: {', '.join(checkpoints) or 'nothing'}")
    device = choose_device(settings.device)
    own = settings.sefa.for_file(checkpoints[name])
    generator, _ = read_generator(checkpoints[name].file, own, device)
    plan = Plan.of(own)
    folder = paths.plots(paths.SEFA, plan.folder_name(name))
    content = explore(generator, settings.title(name), folder, plan, NOT_JUDGED, device)
    write_json(paths.metrics(paths.SEFA, name), content)
