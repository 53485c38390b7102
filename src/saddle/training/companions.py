"""Starting the other ranks of a training, and ending with them."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.multiprocessing

from saddle.core.process import cores, tune_process, use_threads
from saddle.errors import UserError, reason
from saddle.interruption import end_when_asked
from saddle.training.ranks import Ranks

# Seconds that this process has to notice by itself that another one has died, as Gloo does and NCCL may not.
GRACE = 10.0
# Seconds that the others have to end after the last step, which all ranks do together.
ENDING = 30.0


@contextmanager
def companions(count: int, batch: int, device: torch.device, work: Callable[[Ranks], object]) -> Iterator[Ranks]:
    """This process as rank 0 of `count`, and as many others less one, each of which does `work(its ranks)`.

    work: pickled, so a function of a module or `functools.partial` of one. device: of rank 0; on CUDA each rank has the
    device of its number. Each process on the CPU has its share of this one's threads. The others end when this one
    does, and if one of them dies, this one ends with an error that says so.
    """
    # What is left of locks when a process is ended at once is cleaned up by Python, here without a warning.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    on_cpu = device.type == "cpu"
    threads = max(1, torch.get_num_threads() // count) if on_cpu else torch.get_num_threads()
    if on_cpu:
        # Not the address of the machine's name, which others could reach.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    before = torch.get_num_threads()
    use_threads(threads)
    with TemporaryDirectory(prefix="saddle-ranks-") as folder:
        meeting = Path(folder) / "meeting"
        context = torch.multiprocessing.get_context("spawn")
        others = [
            context.Process(
                target=_companion, args=(meeting, Ranks(rank, count, batch), device.type, threads, work), daemon=True
            )
            for rank in range(1, count)
        ]
        for process in others:
            process.start()
        done = threading.Event()
        threading.Thread(target=_end_with, args=(others, done), daemon=True).start()
        try:
            _meet(meeting, Ranks(0, count, batch), device.type)
            yield Ranks(0, count, batch)
            done.set()
            for process in others:
                process.join(ENDING)
        except RuntimeError as error:
            time.sleep(0.5)  # a process that died may not be known to be dead yet
            if (lost := _lost(others)) is not None:
                raise UserError(lost) from error
            raise
        finally:
            done.set()
            for process in others:
                process.kill()
            if torch.distributed.is_initialized():
                torch.distributed.destroy_process_group()
            use_threads(before)


def check_devices(count: int, device: torch.device) -> None:
    """Raises `UserError` if there are not so many devices of the kind of `device`; of the CPU each core is one."""
    if device.type not in ("cpu", "cuda"):
        raise UserError(f"devices is {count}, but on {device.type} a model is trained on one; use devices=1")
    there = torch.cuda.device_count() if device.type == "cuda" else cores()
    if count > there:
        kind = "CUDA devices" if device.type == "cuda" else "cores"
        raise UserError(f"devices is {count}, but this process has {there} {kind}; allowed: 1 to {there}")


def check_parts(name: str, batch: int, group: int, count: int) -> None:
    """Raises `UserError` if a batch cannot be shared out in `count` equal parts of whole groups of `group` samples."""
    if batch % (count * group):
        why = f": {group} neighbours are judged together" if group > 1 else ""
        key = f"mnist.variants.{name}.batch_size"
        raise UserError(f"{key} is {batch}; on {count} devices it must be a multiple of {count * group}{why}")


def _lost(others: list[Any]) -> str | None:
    """What to say of the first process that died; None if all live or have ended well."""
    for rank, process in enumerate(others, 1):
        if process.exitcode:
            code = process.exitcode
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            return f"rank {rank} of {len(others) + 1} {how}; started again, the training goes on from its checkpoint"
    return None


def _end_with(others: list[Any], done: threading.Event) -> None:
    """End this process if one of the others dies and it does not notice: it may wait for it in a library's code."""
    while not done.is_set():
        wait([process.sentinel for process in others], timeout=1.0)
        if (lost := _lost(others)) is not None:
            if not done.wait(GRACE):
                os.write(2, f"error: {lost}\n".encode())
                os._exit(1)
            return


def _meet(meeting: Path, ranks: Ranks, device: str) -> None:
    if device == "cuda":
        torch.cuda.set_device(ranks.rank)
    torch.distributed.init_process_group(
        "nccl" if device == "cuda" else "gloo",
        init_method=meeting.as_uri(),
        rank=ranks.rank,
        world_size=ranks.count,
    )


def _companion(meeting: Path, ranks: Ranks, device: str, threads: int, work: Callable[[Ranks], object]) -> None:
    """A process of another rank, from its start to its end."""
    end_when_asked()
    # It ends with rank 0, which says so.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tune_process()
    use_threads(threads)
    try:
        _meet(meeting, ranks, device)
        work(ranks)
    except UserError:
        # Rank 0 meets the same and tells it.
        os._exit(1)
    except Exception as error:
        os.write(2, f"rank {ranks.rank}: {reason(error)}\n".encode())
        os._exit(1)
