"""Where the loop has its generated samples from: drawn when they are asked for, or ahead on a second core."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import torch
from torch import Tensor

from saddle.training.state import TrainingState


def autocast_of(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """The context that networks compute in at `precision`, "fp32" or "bf16" (autocast)."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()


class Fakes:
    """The generated samples of a training, drawn when they are asked for.

    precision: as in `Method`. It is used as a context manager around the training.
    """

    def __init__(self, state: TrainingState, precision: str) -> None:
        self._state = state
        self._precision = precision

    def attached(self, count: int) -> Tensor:
        """Samples (count, ...) for fresh latents, with a graph to the generator's weights."""
        return self._drawn(self._state.latents(count), attached=True)

    def detached(self, count: int) -> Tensor:
        """The same without a graph."""
        return self._drawn(self._state.latents(count), attached=False)

    def announce(self, detached: int, count: int) -> None:
        """Say what is asked for next, the generator staying as it is: so many detached batches and an attached one."""

    def settle(self) -> None:
        """Wait until nothing is being drawn, so that the state may be looked at and saved."""

    def __enter__(self) -> "Fakes":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing to end."""

    def _drawn(self, latents: Tensor, *, attached: bool) -> Tensor:
        with torch.set_grad_enabled(attached), autocast_of(self._state.device, self._precision):
            samples: Tensor = self._state.generator(latents).float()
        return samples


class FakesAhead(Fakes):
    """The same samples, bit for bit, but those that are announced are drawn by a second thread meanwhile.

    While the discriminator is updated the generator stays as it is, so the fakes of the next critic steps and the
    generator's own next pass can be computed beside it. Each operation runs on one thread, as ever, and the two threads
    wait for each other a few times in a step. Operations that are shared out over cores one by one wait for each other
    hundreds of times, and where the cores are busy that makes them slower than on one. For generators that are
    `repeatable` only.
    """

    def __init__(self, state: TrainingState, precision: str) -> None:
        super().__init__(state, precision)
        # Of the latents that the state has waiting; None for a batch that is drawn when it is asked for.
        self._waiting: deque[Future[Tensor] | None] = deque()
        self._second = ThreadPoolExecutor(1, "fakes", torch.set_num_threads, (torch.get_num_threads(),))

    def attached(self, count: int) -> Tensor:
        """As in `Fakes`."""
        return self._next(count, attached=True)

    def detached(self, count: int) -> Tensor:
        """As in `Fakes`."""
        return self._next(count, attached=False)

    def announce(self, detached: int, count: int) -> None:
        """As in `Fakes`. The first detached batch is left to the caller, who would only wait for it."""
        for index in range(detached + 1):
            latents = self._state.draw_ahead(count)
            job = None if index == 0 else self._second.submit(self._drawn, latents, attached=index == detached)
            self._waiting.append(job)

    def settle(self) -> None:
        """As in `Fakes`."""
        wait(job for job in self._waiting if job is not None)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._second.shutdown(cancel_futures=True)

    def _next(self, count: int, *, attached: bool) -> Tensor:
        latents = self._state.latents(count)
        job = self._waiting.popleft() if self._waiting else None
        return self._drawn(latents, attached=attached) if job is None else job.result()
