"""The rows of a sweep on a Dask cluster."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from distributed import Client, as_completed

from saddle.comparison.cluster import CONNECT_TIMEOUT, connected
from saddle.core.process import cores
from saddle.errors import UserError, reason
from saddle.sweep.grid import Row
from saddle.sweep.inputs import Inputs
from saddle.sweep.version import own_version
from saddle.sweep.work import Measured, work


@contextmanager
def cluster(scheduler: str | None, workers: int) -> Iterator[Client]:
    """A client of the cluster at `scheduler`, or of a new one of `workers` processes on this machine.

    Raises `UserError` if nothing answers there within 20 seconds, if it has no workers, or if one of them has no
    project or another version of it.
    """
    if scheduler is None:
        with connected(None, workers) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=CONNECT_TIMEOUT)
    except TypeError:
        raise UserError(
            f"--scheduler is {scheduler!r}, but Dask knows no certificates; name them in ~/.config/dask "
            "(distributed.comm.tls.ca-file, .client.cert and .client.key)"
        ) from None
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(f"--scheduler is {scheduler!r}, but nothing answers there ({reason(error)})") from None
    with client:
        check_workers(client)
        yield client


def check_workers(client: Client) -> None:
    """Raises `UserError` if there is no worker, or one whose project is not this one."""

    def probe() -> str:
        # By value, so that it runs where the project is another one or missing.
        try:
            from saddle.sweep.version import own_version
        except ImportError:
            try:
                import saddle
            except ImportError:
                return "no saddle"
            return f"saddle {getattr(saddle, '__version__', 'of no version')}"
        return str(own_version())

    found = client.run(probe)
    if not found:
        raise UserError("--scheduler: it has no workers yet; start some with: dask worker ADDRESS --nthreads 1")
    for address, version in found.items():
        if version != str(own_version()):
            raise UserError(f"worker {address} has {version}, here is {own_version()}; bring both to one commit")


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
