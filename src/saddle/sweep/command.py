"""`saddle sweep`: train variants over settings and seeds, side by side, into one table."""

import argparse
import hashlib
import os
import pickle
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from distributed import Client, as_completed

from saddle.config import load_settings
from saddle.core.process import cores, note_how_to_go_on
from saddle.errors import UserError, reason
from saddle.rendering.comparison import dots
from saddle.rendering.live.progress import progress_bar
from saddle.rendering.shared.figures import write_figure
from saddle.sweep.cluster import connected
from saddle.sweep.rows import Row, rows_of
from saddle.sweep.table import SHOWN, TABLE, Results, best, marks_of
from saddle.sweep.work import ImageFiles, Inputs, Measured, inputs_key, prepared, work

PARAMS = Path("params.yaml")
# Where the stages of the pipeline leave them.
FILES = ImageFiles("data/images/{}", "data/models/images/classifier_{}.safetensors", "data/features/{}.npz")
# Beside the table: how far real points are from each other.
FLOORS = "floors"
PICTURE = "table.png"
MOST_WORKERS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("variants", metavar="VARIANT", nargs="+", help="of params.yaml, of points or of images")
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
            todo = {number: rows[number] for number in missing}
            workers = min(arguments.workers or _default_workers(todo.values()), len(missing))
            with connected(arguments.scheduler, workers, "--scheduler") as client:
                for number, outcome in _finished(client, todo, inputs, keys):
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
    if results.known:
        write_figure(folder / PICTURE, dots(results.groups(base.title), SHOWN[rows[0].experiment]))
        print(f"{folder / PICTURE}: a dot for each of them")
    if (recommended := best(rows, results.known)) is not None:
        print(recommended)
    if failed:
        raise UserError(f"{len(failed)} of {len(rows)} runs failed; started again, they are tried again; {failed[0]}")


def _default_workers(rows: Iterable[Row]) -> int:
    """Processes for this machine: as many as its cores have room for the threads of a run."""
    return max(1, cores() // max(row.threads or cores() for row in rows))


def _finished(
    client: Client, rows: Mapping[int, Row], inputs: Mapping[str, Inputs], keys: Sequence[str]
) -> Iterator[tuple[int, Measured | Exception]]:
    """The number of each row and what came of it, in the order in which they end.

    keys: of each row's inputs, by the row's number. A row whose worker dies is done again by another one; the inputs
    are then sent again, as they are the result of a task as well.
    """
    with warnings.catch_warnings():
        # Dask would rather be told where the inputs lie, but other machines do not have them.
        warnings.filterwarnings("ignore", message="Sending large graph")
        sent = {key: client.submit(_itself, value, pure=False) for key, value in inputs.items()}
        futures = {client.submit(work, row, sent[keys[number]], pure=False): number for number, row in rows.items()}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], error if isinstance(error, Exception) else future.result()
            # Its place is free for what follows.
            future.release()


def _itself(inputs: Inputs) -> Inputs:
    return inputs


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
