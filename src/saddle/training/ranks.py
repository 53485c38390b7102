"""Several processes that train one model together, each of them (a rank) on its part of every batch.

All ranks have the same networks and random streams, draw the whole batch's indices and latents, and keep their part of
them; their gradients and figures are averaged. As the parts are equal, that is what one process computes from the whole
batch, up to rounding, but for two layers: batch normalization is over whole batches on CUDA alone (SyncBatchNorm), on
the CPU over a rank's part; and each rank draws masks of its own for dropout.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import ProcessContext, spawn

from saddle.core.process import cores, tune_process, use_threads
from saddle.errors import UserError


@dataclass(frozen=True)
class Ranks:
    """The place of this process among those that train one model.

    rank: its number, from 0; rank 0 alone writes and reports. count: how many there are. batch: samples in a whole
    batch, a multiple of `count`.
    """

    rank: int = 0
    count: int = 1
    batch: int = 0

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def part(self, whole: Tensor) -> Tensor:
        """This rank's samples of a whole batch, or of several that follow each other in `whole` (k batch, ...)."""
        if self.count == 1:
            return whole
        parts: Tensor = whole.unflatten(0, (-1, self.count, self.batch // self.count))
        return parts[:, self.rank].flatten(0, 1)

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each of the tensors, which all ranks have alike in shape, by its mean over the ranks."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(flat)
        flat /= self.count
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """The same with the gradients of a network.

        DistributedDataParallel would do it while the gradients are computed. It does not know of gradients that are
        asked for of some parameters only, as those of the generator through the discriminator, nor of gradients of
        gradients, which the penalties are made of.
        """
        self.average([parameter.grad for parameter in parameters if parameter.grad is not None])


ALONE = Ranks()
Work = Callable[[Ranks], object]


@contextmanager
def ranks_of(count: int, batch: int, device: torch.device, work: Work) -> Iterator[Ranks]:
    """This process as rank 0 of `count`, and as many others less one, each of which does `work(its ranks)`.

    work: pickled, so a function of a module or `functools.partial` of one. device: of rank 0; on CUDA each rank has the
    device of its number, on the CPU its share of this process's threads. Raises `UserError` if another rank ends early;
    on Linux the others end with this process.
    """
    # What is left of locks when a process is ended at once is cleaned up by Python, here without a warning.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    before = torch.get_num_threads()
    threads = max(1, before // count) if device.type == "cpu" else before
    first = Ranks(0, count, batch)
    with TemporaryDirectory(prefix="saddle-ranks-") as folder:
        meeting = (Path(folder) / "meeting").as_uri()
        others = spawn(_other_rank, (first, device.type, threads, meeting, work), nprocs=count - 1, join=False)
        assert isinstance(others, ProcessContext)
        try:
            _meet(first, device.type, threads, meeting)
            yield first
            others.join()
        except RuntimeError as error:
            for process in others.processes:
                process.join(1)  # one that died may not be known to be dead yet
            ended = [process.exitcode for process in others.processes]
            if not any(ended):
                raise
            raise UserError(
                f"one of the {count} processes of this training ended with exit code {next(filter(None, ended))}; "
                "started again, the training goes on from its checkpoint"
            ) from error
        finally:
            for process in others.processes:
                process.kill()
            if torch.distributed.is_initialized():
                torch.distributed.destroy_process_group()
            use_threads(before)


def _other_rank(index: int, first: Ranks, device: str, threads: int, meeting: str, work: Work) -> None:
    """A process of another rank, from its start to its end."""
    tune_process()
    ranks = replace(first, rank=index + 1)
    _meet(ranks, device, threads, meeting)
    work(ranks)


def _meet(ranks: Ranks, device: str, threads: int, meeting: str) -> None:
    use_threads(threads)
    if device == "cuda":
        torch.cuda.set_device(ranks.rank)
    else:
        # Not the address of the machine's name, which others could reach.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    backend = "nccl" if device == "cuda" else "gloo"
    torch.distributed.init_process_group(backend, init_method=meeting, rank=ranks.rank, world_size=ranks.count)


def check_devices(count: int, device: torch.device) -> None:
    """Raises `UserError` if there are not so many devices of the kind of `device`; of the CPU each core is one."""
    if device.type not in ("cpu", "cuda"):
        raise UserError(f"devices is {count}, but on {device.type} a model is trained on one; use devices=1")
    there, kind = (torch.cuda.device_count(), "CUDA devices") if device.type == "cuda" else (cores(), "cores")
    if count > there:
        raise UserError(f"devices is {count}, but this process has {there} {kind}; allowed: 1 to {there}")


def check_parts(name: str, batch: int, group: int, count: int) -> None:
    """Raises `UserError` if a batch cannot be shared out in `count` equal parts of whole groups of `group` samples."""
    if batch % (count * group):
        why = f": {group} neighbours are judged together" if group > 1 else ""
        key = f"images.variants.{name}.batch_size"
        raise UserError(f"{key} is {batch}; on {count} devices it must be a multiple of {count * group}{why}")
