"""A whole training run: the loop with its progress bar, its log and its snapshots."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.core.network import Discriminator, Generator
from saddle.core.score import Score
from saddle.errors import UserError
from saddle.rendering.live.progress import progress_bar
from saddle.training.batches import TrainingData
from saddle.training.checkpoints import Checkpoints
from saddle.training.loop import Method, adversarial_steps
from saddle.training.state import StepRecord, TrainingState

COLUMNS = ("epoch", "step", *StepRecord._fields)

# Looks at a running training and changes nothing: its log so far, its newest samples, its step, and the last step.
Watcher = Callable[[Sequence[Mapping[str, float]], NDArray[np.floating], int, int], None]


class DivergenceError(UserError):
    """A loss became NaN or infinite."""


@dataclass(frozen=True)
class Budget:
    """How long a run is and how often it is looked at. epochs: passes over the data. The other two are in steps."""

    epochs: int
    log_every: int
    snapshot_every: int


class Snapshots(ABC):
    """What a run looked like at times, of the same latents each time; part of its checkpoints.

    score: how logits are read. epoch, step: of each snapshot. seen: what it showed, by name, one array a snapshot.
    """

    SAMPLES: ClassVar = "samples"

    def __init__(self, latents: Tensor, score: Score, steps_per_epoch: int) -> None:
        self.latents, self.score, self.steps_per_epoch = latents, score, steps_per_epoch
        self.epoch: list[float] = []
        self.step: list[int] = []
        self.seen: dict[str, list[NDArray[Any]]] = defaultdict(list)

    @abstractmethod
    def look(self, state: TrainingState) -> dict[str, NDArray[Any]]:
        """Arrays that show `state`, which must stay as it is; `SAMPLES` names the samples, (n, *sample_shape)."""

    def take(self, state: TrainingState) -> None:
        """Add one snapshot of `state`."""
        self.epoch.append(state.step / self.steps_per_epoch)
        self.step.append(state.step)
        for name, array in self.look(state).items():
            self.seen[name].append(array)

    def newest(self) -> NDArray[np.floating]:
        """The samples of the last snapshot."""
        return self.seen[self.SAMPLES][-1]

    def state_dict(self) -> dict[str, Any]:
        """All snapshots so far as tensors, numbers and containers of them, for `torch.save`."""
        seen = {name: list(map(torch.from_numpy, arrays)) for name, arrays in self.seen.items()}
        return {"epoch": self.epoch, "step": self.step, "seen": seen}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.epoch, self.step = state["epoch"], state["step"]
        self.seen.update({name: [array.cpu().numpy() for array in arrays] for name, arrays in state["seen"].items()})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All snapshots, the first axis is time."""
        seen = {name: np.stack(arrays) for name, arrays in self.seen.items()}
        return {"epoch": np.array(self.epoch), "step": np.array(self.step), **seen, **self.score.arrays()}


Taken = TypeVar("Taken", bound=Snapshots)


@dataclass(frozen=True)
class Run(Generic[Taken]):
    """What a run leaves: the two networks, the log (see `fit`), the snapshots, and facts for the model file.

    generator: its moving average, where there is one. facts: JSON-able.
    """

    generator: Generator
    discriminator: Discriminator
    log: list[dict[str, float]]
    snapshots: Taken
    facts: dict[str, Any]


def fit(
    state: TrainingState,
    data: TrainingData,
    method: Method,
    budget: Budget,
    *,
    name: str,
    snapshots: Snapshots,
    checkpoints: Checkpoints | None = None,
    watcher: Watcher | None = None,
    quiet: bool = False,
) -> list[dict[str, float]]:
    """Train to the end of `budget` and return the log: the means of every `log_every` steps, one row each.

    name: stands before the progress bar and in errors. snapshots: taken before the first step, every `snapshot_every`
    steps, and after the last. A row has the keys `COLUMNS`. checkpoints: where state, log and snapshots are kept, and
    from where the run goes on if it was stopped: it ends with the same bytes as one that was not. watcher: called
    with each row of the log. quiet: no progress bar. Of several ranks the first alone takes snapshots, writes and shows
    anything; the others return no log.

    Raises `DivergenceError` with the first step whose loss was not finite, before any snapshot could show it, and if
    the weights are not finite at the end; `UserError` if the data fill no batch, or one of a single sample where batch
    normalization needs two.
    """
    if data.steps_per_epoch == 0:
        raise UserError(f"{name}: {len(data.samples)} training samples fill no batch of {data.batch}; lower batch_size")
    if data.batch == 1 and any(network.normalizes for network in state.networks):
        raise UserError(f"{name}: a batch of 1 training sample; batch normalization needs 2: raise batch_size")
    steps = budget.epochs * data.steps_per_epoch
    log: list[dict[str, float]] = []
    window: list[StepRecord] = []

    def kept() -> dict[str, Any]:
        return {"state": state.state_dict(), "log": log, "snapshots": snapshots.state_dict()}

    first = state.ranks.first
    if checkpoints is not None and (before := checkpoints.newest(quiet=not first)) is not None:
        state.load_state_dict(before["state"])
        snapshots.load_state_dict(before["snapshots"])
        log = before["log"]
    elif state.step == 0 and first:
        snapshots.take(state)
    with progress_bar(name, steps, "step", done=state.step, quiet=quiet or not first) as bar:
        for record in adversarial_steps(state, data, method, steps):
            window.append(record)
            snapshot_due = first and (state.step % budget.snapshot_every == 0 or state.step == steps)
            log_due = state.step % budget.log_every == 0 or state.step == steps
            if log_due:
                row = _means(window, name, state.step)
                log.append({"epoch": state.step / data.steps_per_epoch, "step": state.step, **row})
                bar.set_postfix({key: f"{value:.3f}" for key, value in row.items()}, refresh=False)
                bar.update(len(window))
                window = []
            if snapshot_due:
                _means(window, name, state.step)
                snapshots.take(state)
            if watcher is not None and log_due and first:
                watcher(log, snapshots.newest(), state.step, steps)
            # Only where a row of the log ends is nothing of the run outside these three.
            if checkpoints is not None and log_due and first:
                checkpoints.write_if_due(kept)
    weights = (tensor for network in state.networks for tensor in network.state_dict().values())
    if not all(torch.isfinite(tensor).all() for tensor in weights):
        raise DivergenceError(
            f"{name}: training diverged at its last step, {steps}: NaN or infinite weights; "
            "lower the learning rate or choose another optimizer"
        )
    return log


def _means(window: list[StepRecord], name: str, last_step: int) -> dict[str, float]:
    """The mean of each figure over `window`, whose last record belongs to `last_step`; all must be finite."""
    if not window:
        return {}
    table = torch.stack([torch.stack(record) for record in window]).double().cpu()
    finite = torch.isfinite(table).all(1)
    if not finite.all():
        at = int(torch.argmin(finite.int()))
        values = ", ".join(f"{key} {value:g}" for key, value in StepRecord(*table[at])._asdict().items())
        raise DivergenceError(
            f"{name}: training diverged at step {last_step - len(window) + at + 1}: {values}; "
            "lower the learning rate or choose another optimizer"
        )
    return {key: float(value) for key, value in StepRecord(*table.mean(0))._asdict().items()}
