"""The one adversarial loop. A variant is what it is given, never another loop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from saddle.core.network import Discriminator
from saddle.training.batches import TrainingData, batches
from saddle.training.constraints import Constraint
from saddle.training.objectives import Objective
from saddle.training.replay import Step, replayed
from saddle.training.state import StepRecord, TrainingState


@dataclass(frozen=True)
class Method:
    """How the two networks are played against each other.

    objective, constraint: what they optimize, and what keeps the critic Lipschitz. critic_steps: updates of the
    discriminator for one of the generator, each on a real batch and on noise of its own (Gulrajani et al. 2017,
    algorithm 1). update_first: "generator" or "discriminator". fakes: what the generator's update and the
    discriminator's first one see, see `Fakes`. precision: "fp32", or "bf16" for autocast.
    replay: record steps on a CUDA device and play them back (see `replayed`); no result depends on it. Not where
    `before_step` changes more than learning rates.
    before_step: called with the state before each step, to set the learning rate, say; what it does must follow from
    `state.step` alone, so that a restored run does the same.
    """

    objective: Objective
    constraint: Constraint
    critic_steps: int = 1
    update_first: str = "discriminator"
    fakes: str = "fresh"
    precision: str = "fp32"
    replay: bool = False
    before_step: Callable[[TrainingState], None] = lambda state: None


class Fakes:
    """The generated samples of one step, as `Method.fakes` has them.

    "shared": both networks see one batch, drawn as the step begins (R1, R3, R4). If the generator is updated first, the
    discriminator then learns on stale samples, which this generator no longer makes. "redrawn": the same latents, drawn
    again by the generator as it is at each update. "fresh": latents of its own for each update (R2).
    """

    def __init__(self, state: TrainingState, method: Method, count: int) -> None:
        self._state, self._method, self._count = state, method, count
        self._latents = None if method.fakes == "fresh" else state.latents(count)
        self._shared = self._drawn(self._latents) if method.fakes == "shared" and self._latents is not None else None

    def of_generator(self) -> Tensor:
        """The samples (count, ...) that the generator is updated by, with a graph to its weights."""
        return self._drawn(self._latents) if self._shared is None else self._shared

    @torch.no_grad()
    def of_discriminator(self, update: int) -> Tensor:
        """The samples (count, ...) of the discriminator's update so numbered, from 0; none but the first are shared."""
        if update > 0:
            return self._drawn(None)
        return self._drawn(self._latents) if self._shared is None else self._shared.detach()

    def _drawn(self, latents: Tensor | None) -> Tensor:
        """Samples for `latents`, or for fresh ones."""
        latents = self._state.latents(self._count) if latents is None else latents
        with autocast_of(self._state.device, self._method.precision):
            samples: Tensor = self._state.generator(latents).float()
        return samples


def autocast_of(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """The context that networks compute in at `precision`, "fp32" or "bf16" (autocast)."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()


def adversarial_steps(state: TrainingState, data: TrainingData, method: Method, steps: int) -> Iterator[StepRecord]:
    """Train until `state.step` is `steps`, yielding a record after each step.

    `state` is consistent whenever this yields: it may be saved then, and a run restored from it goes on bit
    for bit. Each pass over the data has a fresh order.
    """
    order = batches(state, data)
    step: Step = partial(_step, state, data, method)
    if method.replay and state.device.type == "cuda" and state.ranks.count == 1:
        step = replayed(state, step)
    while state.step < steps:
        method.before_step(state)
        updates = range(state.step * method.critic_steps, (state.step + 1) * method.critic_steps)
        chosen = [next(order) for _ in updates]
        due = [method.constraint.due(update) for update in updates]
        with state.owning_global_rng():
            record = step(chosen, due)
        state.step += 1
        yield record


def _step(
    state: TrainingState, data: TrainingData, method: Method, chosen: Sequence[Tensor], due: Sequence[bool]
) -> StepRecord:
    """One update of the generator and `critic_steps` of the discriminator.

    chosen: the indices of the real samples of each of the discriminator's updates. due: whether it is penalized.
    Nothing here waits for the device, and nothing but these two and the state of the device decides what is done.
    """
    fakes = Fakes(state, method, len(chosen[0]))
    if method.update_first == "generator":
        g_loss = _update_generator(state, method, fakes)
        d_loss, d_real, d_fake = _update_discriminator(state, data, method, fakes, chosen, due)
    else:
        d_loss, d_real, d_fake = _update_discriminator(state, data, method, fakes, chosen, due)
        g_loss = _update_generator(state, method, fakes)
    state.ranks.average([d_loss, g_loss, d_real, d_fake])
    return StepRecord(d_loss, g_loss, d_real, d_fake)


def _update_discriminator(
    state: TrainingState,
    data: TrainingData,
    method: Method,
    fakes: Fakes,
    chosen: Sequence[Tensor],
    due: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor]:
    """`critic_steps` updates; the last one's loss, D(x) and D(G(z))."""
    constraint = method.constraint
    for update, (samples, penalized) in enumerate(zip(chosen, due, strict=True)):
        real, fake = data.real(samples), fakes.of_discriminator(update)
        with autocast_of(state.device, method.precision):
            real_logits, fake_logits = _logits(state.discriminator, real, fake)
            penalty = constraint.penalty(state.discriminator, real, fake, state.uniform) if penalized else None
        loss = method.objective.discriminator_loss(real_logits, fake_logits)
        if penalty is not None:
            loss = loss + penalty
        state.discriminator_optimizer.zero_grad()
        loss.backward()
        state.ranks.average_gradients(state.discriminator.parameters())
        state.discriminator_optimizer.step()
        constraint.project(state.discriminator)
    score = method.objective.score
    return loss.detach(), score(real_logits.detach()).mean(), score(fake_logits.detach()).mean()


def _logits(discriminator: Discriminator, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The discriminator's outputs for both batches, in one pass where it treats every sample by itself."""
    if discriminator.per_sample:
        real_logits, fake_logits = discriminator(torch.cat([real, fake])).float().split([len(real), len(fake)])
        return real_logits, fake_logits
    return discriminator(real).float(), discriminator(fake).float()


def _update_generator(state: TrainingState, method: Method, fakes: Fakes) -> Tensor:
    """One update of the generator; its loss."""
    fake = fakes.of_generator()
    with autocast_of(state.device, method.precision):
        logits = state.discriminator(fake).float()
    loss = method.objective.generator_loss(logits)
    state.generator_optimizer.zero_grad()
    # Only the generator's gradients: those of the discriminator's weights would be thrown away.
    loss.backward(inputs=list(state.generator.parameters()))
    state.ranks.average_gradients(state.generator.parameters())
    state.generator_optimizer.step()
    state.update_ema()
    return loss.detach()
