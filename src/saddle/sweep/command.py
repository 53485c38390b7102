"""`saddle sweep`: train variants over settings and seeds, side by side, into one table."""

import argparse
import hashlib
import os
import pickle
from pathlib import Path

from saddle.comparison.cluster import connected
from saddle.config import load_settings
from saddle.errors import UserError, reason
from saddle.interruption import note_how_to_go_on
from saddle.progress import progress_bar
from saddle.sweep.best import best
from saddle.sweep.cluster import default_workers, finished
from saddle.sweep.grid import rows_of
from saddle.sweep.inputs import ImageFiles, inputs_key, prepared
from saddle.sweep.table import TABLE, Results, marks_of

PARAMS = Path("params.yaml")
# Where the stages of the pipeline leave them.
FILES = ImageFiles(
    Path("data/raw/mnist"), Path("data/models/mnist/classifier.safetensors"), Path("data/features/mnist.npz")
)
# Beside the table: how far real points are from each other.
FLOORS = "floors"
MOST_WORKERS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("variants", metavar="VARIANT", nargs="+", help="of params.yaml, of points or of mnist")
    parser.add_argument(
        "-S", "--set-param", metavar="KEY=A,B", action="append", default=[], help="values of a setting; may be repeated"
    )
    parser.add_argument("--seeds", metavar="0:10", help="of the trainings, or 0,3,5 (default: that of params.yaml)")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="tls://HOST:PORT of a Dask cluster (default: processes here); tcp:// only where you trust the network",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: as cores allow)")
    parser.add_argument("--out", metavar="FOLDER", default="data/sweep", help="default: data/sweep")


def run(arguments: argparse.Namespace) -> None:
    """Check all rows, then train those that are missing; the table grows as they end.

    Raises `UserError` before anything is trained for what is wrong with the arguments, and after all else is done if
    rows failed.
    """
    folder = Path(arguments.out)
    if arguments.workers is not None and not 1 <= arguments.workers <= MOST_WORKERS:
        raise UserError(f"--workers is {arguments.workers}; allowed: 1 to {MOST_WORKERS:,}")
    if (folder.exists() and not folder.is_dir()) or not os.access(_existing(folder), os.W_OK | os.X_OK):
        raise UserError(f"--out is {folder}; nothing can be written there")
    base = load_settings(PARAMS)
    rows = rows_of(PARAMS, list(dict.fromkeys(arguments.variants)), arguments.set_param, arguments.seeds)
    keys = [inputs_key(row, base) for row in rows]
    inputs = {key: prepared(rows[keys.index(key)], base, FILES, folder / FLOORS) for key in dict.fromkeys(keys)}
    hashes = {key: hashlib.sha256(pickle.dumps(value)).hexdigest() for key, value in inputs.items()}
    results = Results.of(folder, rows, marks_of(rows, [hashes[key] for key in keys]))
    missing = [number for number in range(len(rows)) if number not in results.known]
    results.write()
    failed: list[str] = []
    with progress_bar("sweep", len(rows), "run", done=len(results.known)) as bar:
        if missing:
            workers = arguments.workers or default_workers([rows[number] for number in missing])
            with connected(arguments.scheduler, min(workers, len(missing)), "--scheduler") as client:
                key_of = {place: keys[number] for place, number in enumerate(missing)}
                for place, outcome in finished(client, [rows[number] for number in missing], inputs, key_of):
                    number = missing[place]
                    if isinstance(outcome, Exception):
                        failed.append(f"{rows[number].name}: {reason(outcome)}")
                    else:
                        results.add(number, outcome)
                    kept = f"{len(results.known)} of {len(rows)} runs are kept"
                    note_how_to_go_on(f"{kept}; started again, it goes on with the others")
                    bar.set_postfix_str(rows[number].name, refresh=False)
                    bar.update()
    results.write()
    print(f"{folder / TABLE}: {len(results.known)} of {len(rows)} runs")
    if (recommended := best(rows, results.known)) is not None:
        print(recommended)
    if failed:
        raise UserError(f"{len(failed)} of {len(rows)} runs failed; started again, they are tried again; {failed[0]}")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
