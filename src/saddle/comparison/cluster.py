"""Independent runs on a Dask cluster: worker processes here, or a scheduler's address."""

import gc
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import dask
import torch
from distributed import Client, LocalCluster, as_completed, get_worker

from saddle.comparison.workers import check_workers
from saddle.config import ComparisonSettings
from saddle.core.process import cores, tune_process, use_threads
from saddle.errors import UserError, reason

Task = TypeVar("Task")
Result = TypeVar("Result")

# What one process with a CUDA context and networks of this size takes on a GPU, with room to spare.
GPU_BYTES_PER_RUN = 1 << 30
CONNECT_TIMEOUT = 20  # seconds
# What worker processes are started with. Dask would add MALLOC_TRIM_THRESHOLD_, with which every freed tensor goes back
# to the system: a third of the time of training networks of this size would be page faults.
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
# A worker's own threads take turns with the training in its process. Without what Dask watches there ten times a second
# or more (its profiler, the ticks of its event loop, its look at the memory) the training is a tenth faster.
DASK = {
    # No pages about the cluster; and credentials that only this process has, or everybody who has an account on the
    # machine could have the workers run code as this user.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.pre-spawn-environ": WORKER_ENVIRONMENT,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "2s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}


def default_workers(device: str) -> int:
    """One worker process a core; on a GPU no more than its free memory holds."""
    if device == "cpu" or not torch.cuda.is_available():
        return cores()
    free, _ = torch.cuda.mem_get_info()
    return max(1, min(cores(), free // GPU_BYTES_PER_RUN))


@contextmanager
def connected(scheduler: str | None, workers: int, key: str = "comparison.scheduler") -> Iterator[Client]:
    """A client of the cluster at `scheduler`, or of a new one of `workers` processes with one thread each.

    key: the setting or argument that says so, as errors name it.

    The new one is reached from this machine only, by TLS, with credentials that are made for it and kept in memory. A
    scheduler at tcp:// is trusted completely: whoever reaches it can run code on its machines, and its machines could
    send anything back. Raises `UserError` if nothing answers at `scheduler` within 20 seconds, or would only to
    certificates that are not there, and as `check_workers`.
    """
    if scheduler is not None:
        client = _client(scheduler, key)
        with client:
            check_workers(client, key)
            yield client
        return
    # What Dask leaves of its locks when this process is ended at once is cleaned up by Python, here without a warning.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    with dask.config.set(DASK):
        with _interrupts_held_back():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                security=True,
                # When this process is ended, a worker may notice that before its own end, and would log it.
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster) as client:
            yield client


def _client(scheduler: str, key: str) -> Client:
    try:
        return Client(scheduler, timeout=CONNECT_TIMEOUT)
    except TypeError:
        problem = (
            "Dask knows no certificates; name them in ~/.config/dask "
            "(distributed.comm.tls.ca-file, .client.cert and .client.key)"
        )
    except (OSError, TimeoutError, ValueError) as error:
        problem = f"nothing answers there ({reason(error)})"
    # What is left of it goes now: cleared away while another client starts, it would wait for that one forever.
    gc.collect()
    raise UserError(f"{key} is {scheduler!r}, but {problem}")


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """What is started meanwhile never sees Ctrl-C, which a terminal sends to all processes.

    A process starts with those signals blocked that its parent has blocked. The workers end with this process.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def completed(client: Client, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
    """The result of `work` for each task, in the order in which they end. An error in a task is raised here."""
    futures = [client.submit(work, task, pure=False) for task in tasks]
    for future in as_completed(futures):
        yield future.result()


def results(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    comparison: ComparisonSettings,
    *,
    device: str = "cpu",
    threads: int | None = 1,
    hear: tuple[str, Callable[[Any], None]] | None = None,
) -> Iterator[Result]:
    """`completed` on the cluster that the settings ask for; no cluster at all where there is nothing to do.

    work: pickled, so a function of a module, or `functools.partial` of one. device: what it computes on. threads: of
    PyTorch in each worker process; None for its own choice. hear: a topic, and what is called with each message that
    work tells under it. Raises `UserError` as `connected`.
    """
    if tasks:
        workers = comparison.workers or default_workers(device)
        with connected(comparison.scheduler, min(workers, len(tasks))) as client:
            if hear is not None:
                topic, listener = hear
                client.subscribe_topic(topic, lambda event: listener(event[1]))
            yield from completed(client, partial(_in_worker, work, threads), tasks)


def tell(topic: str, message: Any) -> None:
    """Send a message, small and JSON-able, from work in a worker process to whoever hears the topic."""
    get_worker().log_event(topic, message)


def _in_worker(work: Callable[[Task], Result], threads: int | None, task: Task) -> Result:
    """Set the worker process up, as a stage is, and do the work."""
    tune_process()
    use_threads(threads)
    return work(task)
