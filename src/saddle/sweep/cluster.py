"""The rows of a sweep on a Dask cluster."""

import warnings
from collections.abc import Iterator, Mapping, Sequence

from distributed import Client, as_completed

from saddle.comparison.version import own_version
from saddle.core.process import cores
from saddle.sweep.grid import Row
from saddle.sweep.inputs import Inputs
from saddle.sweep.work import Measured, work


def default_workers(rows: Sequence[Row]) -> int:
    """Processes for this machine: as many as its cores have room for the threads of a run."""
    threads = max((row.threads or cores() for row in rows), default=1)
    return max(1, min(cores() // threads, len(rows)))


def finished(
    client: Client, rows: Sequence[Row], inputs: Mapping[str, Inputs], key_of: Mapping[int, str]
) -> Iterator[tuple[int, Measured | Exception]]:
    """The number of each row and what came of it, in the order in which they end.

    inputs: by key. key_of: the key of each row's inputs, by the row's number. A row whose worker dies is done again by
    another one; the inputs are then sent again, as they are the result of a task as well.
    """
    with warnings.catch_warnings():
        # Dask would rather be told where the inputs lie, but other machines do not have them.
        warnings.filterwarnings("ignore", message="Sending large graph")
        sent = {key: client.submit(_itself, value, pure=False) for key, value in inputs.items()}
        version = own_version()
        futures = {
            client.submit(work, row, sent[key_of[number]], version, pure=False): number
            for number, row in enumerate(rows)
        }
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], error if isinstance(error, Exception) else future.result()
            # Its place is free for what follows.
            future.release()


def _itself(inputs: Inputs) -> Inputs:
    return inputs
