"""Independent runs on a Dask cluster: worker processes here, or a scheduler's address."""

import functools
import gc
import hashlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import dask
import torch
from distributed import Client, LocalCluster, as_completed

from saddle.config.settings import ComparisonSettings
from saddle.core.process import cores, tune_process, use_threads
from saddle.errors import UserError, reason
from saddle.version import __version__

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


def results(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    comparison: ComparisonSettings,
    *,
    device: str = "cpu",
    threads: int | None = 1,
) -> Iterator[Result]:
    """The result of `work` for each task, as they end, on the cluster that the settings ask for; an error is raised.

    work: pickled, so a function of a module, or `functools.partial` of one. device: what it computes on. threads: of
    PyTorch in each worker process; None for its own choice. Raises `UserError` as `connected`.
    """
    if not tasks:
        return
    workers = comparison.workers or _default_workers(device)
    with connected(comparison.scheduler, min(workers, len(tasks)), "comparison.scheduler") as client:
        futures = [client.submit(_in_worker, work, threads, task, pure=False) for task in tasks]
        for future in as_completed(futures):
            yield future.result()


def _in_worker(work: Callable[[Task], Result], threads: int | None, task: Task) -> Result:
    """Set the worker process up, as a stage is, and do the work."""
    tune_process()
    use_threads(threads)
    return work(task)


def _default_workers(device: str) -> int:
    """One worker process a core; on a GPU no more than its free memory holds."""
    if device == "cpu" or not torch.cuda.is_available():
        return cores()
    free, _ = torch.cuda.mem_get_info()
    return max(1, min(cores(), free // GPU_BYTES_PER_RUN))


@contextmanager
def connected(scheduler: str | None, workers: int, key: str) -> Iterator[Client]:
    """A client of the cluster at `scheduler`, or of a new one of `workers` processes with one thread each.

    key: the setting or argument that names the scheduler, for errors. The new cluster is reached from this machine
    only, by TLS, with credentials that are made for it and kept in memory. A scheduler at tcp:// is trusted completely:
    whoever reaches it can run code on its machines, and its machines could send anything back. Raises `UserError` if
    nothing answers at `scheduler` within 20 seconds, or only to certificates that are not there, and as
    `check_workers`.
    """
    if scheduler is not None:
        with _client(scheduler, key) as client:
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


@functools.cache
def own_version() -> str:
    """Which project this process runs: its version, and a hash of its source, as two commits may have one version."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return f"saddle {__version__} (source {digest.hexdigest()[:12]})"


def check_workers(client: Client, key: str) -> None:
    """Raises `UserError` if there is no worker, or one whose project is not this one. key: what named the cluster."""

    def probe() -> Any:
        # By value, so that it runs where the project is another one or missing.
        try:
            from saddle.sweep.cluster import own_version
        except ImportError:
            return "no saddle of this version"
        return own_version()

    found = client.run(probe)
    if not found:
        raise UserError(f"{key}: it has no workers yet; start some with: dask worker ADDRESS --nthreads 1")
    for address, version in found.items():
        if version != own_version():
            raise UserError(f"worker {address} has {version}, here is {own_version()}; bring both to one commit")
