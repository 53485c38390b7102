"""`saddle schema`: bring params.schema.json, which editors complete params.yaml by, up to date."""

import argparse
from pathlib import Path

from saddle.config import load_settings
from saddle.files import replacing
from saddle.reference.schema import schema_text

PARAMS, SCHEMA = "params.yaml", "params.schema.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", default=SCHEMA, metavar="FILE", help=f"the file to write (default: {SCHEMA})")


def run(arguments: argparse.Namespace) -> None:
    """Write the schema. Raises `UserError` if params.yaml is missing or bad."""
    load_settings(PARAMS)
    with replacing(arguments.out) as part:
        part.write_text(schema_text(Path(PARAMS).read_text(encoding="utf-8")), encoding="utf-8")
