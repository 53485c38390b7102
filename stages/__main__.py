"""Run one stage: `python -m stages train_points gan`."""

import importlib
import inspect
import sys
from importlib.util import find_spec
from pathlib import Path

# Queued experiments run in a copy of the repository: the code beside this file must win over an installed one.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from saddle.core.process import end_when_asked, tune_process
from saddle.errors import UserError, reports_user_errors

FOLDER = Path(__file__).parent
NOT_STAGES = {"__init__", "__main__", "paths"}


@reports_user_errors
def main() -> None:
    """Import the stage that the first argument names, and call its `main` with the other arguments.

    Raises `UserError` for an unknown stage, another number of arguments than it takes, or a Python without PyTorch.
    """
    end_when_asked()
    name, *arguments = sys.argv[1:] or [""]
    stages = sorted({path.stem for path in FOLDER.glob("*.py")} - NOT_STAGES)
    if name not in stages:
        raise UserError(f"stage is {name or 'missing'}; allowed: {', '.join(stages)}")
    if find_spec("torch") is None:
        raise UserError(
            f"{sys.executable} has no torch; activate the environment that `make setup` makes: . .venv/bin/activate"
        )
    tune_process()
    run = importlib.import_module(f"stages.{name}").main
    wanted = [parameter.upper() for parameter in inspect.signature(run).parameters]
    if len(arguments) != len(wanted):
        usage = " ".join(["python -m stages", name, *wanted])
        raise UserError(f"arguments are {' '.join(arguments) or 'missing'}; expected: {usage}")
    run(*arguments)


if __name__ == "__main__":
    main()
