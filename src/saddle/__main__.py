"""The project's commands: `saddle COMMAND`, or `python -m saddle COMMAND`."""

import argparse
import importlib
import sys

from saddle.core.process import end_when_asked, tune_process
from saddle.errors import reports_user_errors
from saddle.version import __version__

# Where each command lives, and what it does, in a line. The module offers `add_arguments(parser)` and `run(arguments)`.
# It is imported when its command is called, so that no command waits for what another one needs.
COMMANDS = {
    "start": ("saddle.commands.start", "the first minute: train the GAN on the points and draw a film of it"),
    "repro": ("saddle.commands.repro", "the whole pipeline: dvc repro, with stages beside each other"),
    "sample": ("saddle.commands.sampling", "draw samples from a trained model file"),
    "judge": ("saddle.commands.judging", "measure what directions do in a film or in pictures of faces or digits"),
    "sweep": ("saddle.sweep.command", "train variants over settings and seeds, side by side, into one table"),
    "readme": ("saddle.reporting.readme", "bring the tables of README.md up to date with metrics/"),
    "report": ("saddle.reporting.report", "compare two states of the repository, as text for a pull request"),
    "schema": ("saddle.reporting.schema", "bring params.schema.json up to date with the settings"),
}
# What `--help` shows of each below its arguments.
EXAMPLES = {
    "start": "--open",
    "repro": "",
    "sample": "gan.safetensors --n 500 --out cloud.png",
    "judge": "film.gif --columns 6 --crop 0.12 0.13 0.88 0.89",
    "sweep": "gan wgan -S optimizer=rmsprop,adam --seeds 0:10",
    "readme": "README.md",
    "report": "--base main --head my-experiment --out report.md",
    "schema": "--out params.schema.json",
}


@reports_user_errors
def main() -> None:
    """Run the command that the first argument names."""
    end_when_asked()
    parser = argparse.ArgumentParser(prog="saddle", description="Train, draw, measure and compare GANs.")
    parser.add_argument("--version", action="version", version=f"saddle {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    called = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    for name, (place, summary) in COMMANDS.items():
        example = f"Example: saddle {name} {EXAMPLES[name]}".rstrip()
        subparser = subparsers.add_parser(name, help=summary, description=summary, epilog=example)
        if name == called:
            tune_process()
            module = importlib.import_module(place)
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
