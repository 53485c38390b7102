"""A whole training run: the loop with its progress bar, its log and its snapshots."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from saddle.errors import UserError
from saddle.progress import progress_bar
from saddle.training.loop import Method, StepRecord, TrainingData, adversarial_steps
from saddle.training.state import TrainingState

COLUMNS = ("epoch", "step", "d_loss", "g_loss", "d_real", "d_fake")
FIGURES = COLUMNS[2:]


class DivergenceError(UserError):
    """A loss became NaN or infinite."""


@dataclass(frozen=True)
class Budget:
    """How long a run is and how often it is looked at. epochs: passes over the data. The other two are in steps."""

    epochs: int
    log_every: int
    snapshot_every: int


def fit(
    state: TrainingState,
    data: TrainingData,
    method: Method,
    budget: Budget,
    *,
    name: str,
    take_snapshot: Callable[[TrainingState], None],
    quiet: bool = False,
) -> list[dict[str, float]]:
    """Train to the end of `budget` and return the log: the means of every `log_every` steps, one row each.

    name: stands before the progress bar and in errors. take_snapshot: called with the state before the first
    step, every `snapshot_every` steps, and after the last; it must not change the state. A row has the keys
    `COLUMNS`. quiet: no progress bar.

    Raises `DivergenceError` with the first step whose loss was not finite, before any snapshot could
    show it; `UserError` if the data fill no batch.
    """
    if data.steps_per_epoch == 0:
        raise UserError(f"{name}: {len(data.samples)} training samples fill no batch of {data.batch}; lower batch_size")
    steps = budget.epochs * data.steps_per_epoch
    log: list[dict[str, float]] = []
    window: list[StepRecord] = []
    if state.step == 0:
        take_snapshot(state)
    with progress_bar(name, steps, "step", done=state.step, quiet=quiet) as bar:
        for record in adversarial_steps(state, data, method, steps):
            window.append(record)
            snapshot_due = state.step % budget.snapshot_every == 0 or state.step == steps
            log_due = state.step % budget.log_every == 0 or state.step == steps
            if log_due:
                row = _means(window, name, state.step)
                log.append({"epoch": state.step / data.steps_per_epoch, "step": state.step, **row})
                bar.set_postfix({key: f"{value:.3f}" for key, value in row.items()}, refresh=False)
                bar.update(len(window))
                window = []
            if snapshot_due:
                _means(window, name, state.step)
                take_snapshot(state)
    return log


def _means(window: list[StepRecord], name: str, last_step: int) -> dict[str, float]:
    """The mean of each figure over `window`, whose last record belongs to `last_step`; all must be finite."""
    if not window:
        return {}
    table = torch.stack([torch.stack([getattr(r, figure) for figure in FIGURES]) for r in window]).double().cpu()
    finite = torch.isfinite(table).all(1)
    if not finite.all():
        at = int(torch.argmin(finite.int()))
        values = ", ".join(f"{key} {value:g}" for key, value in zip(FIGURES, table[at].tolist(), strict=True))
        raise DivergenceError(
            f"{name}: training diverged at step {last_step - len(window) + at + 1}: {values}; "
            "lower the learning rate or choose another optimizer"
        )
    return {key: float(value) for key, value in zip(FIGURES, table.mean(0), strict=True)}
