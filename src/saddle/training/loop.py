"""The one adversarial loop. A variant is what it is given, never another loop."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from saddle.core.network import Discriminator
from saddle.core.process import cores
from saddle.training.batches import Order, TrainingData
from saddle.training.constraints import Constraint
from saddle.training.fakes import Fakes, FakesAhead, autocast_of
from saddle.training.objectives import Objective
from saddle.training.record import StepRecord
from saddle.training.replay import Step, replayed
from saddle.training.state import TrainingState


@dataclass(frozen=True)
class Method:
    """How the two networks are played against each other.

    objective, constraint: what they optimize, and what keeps the critic Lipschitz. critic_steps: updates of the
    discriminator for one of the generator, each on a real batch and on noise of its own (Gulrajani et al. 2017,
    algorithm 1). update_first: "generator" or "discriminator". reuse_fakes: the generator's update and the
    discriminator's first one are on the same samples (R1, R4); otherwise each update draws its own. Either way the
    network that comes second meets the other one as it is after its step. precision: "fp32", or "bf16" for autocast.
    draw_ahead: draw samples on a second core where that can be done (see `FakesAhead`); no result depends on it.
    replay: record steps on a CUDA device and play them back (see `replayed`); no result depends on it. Not where
    `before_step` changes more than learning rates.
    before_step: called with the state before each step, to set the learning rate, say; what it does must follow from
    `state.step` alone, so that a restored run does the same.
    """

    objective: Objective
    constraint: Constraint
    critic_steps: int = 1
    update_first: str = "discriminator"
    reuse_fakes: bool = False
    precision: str = "fp32"
    draw_ahead: bool = False
    replay: bool = False
    before_step: Callable[[TrainingState], None] = lambda state: None


def adversarial_steps(state: TrainingState, data: TrainingData, method: Method, steps: int) -> Iterator[StepRecord]:
    """Train until `state.step` is `steps`, yielding a record after each step.

    `state` is consistent whenever this yields: it may be saved then, and a run restored from it goes on bit
    for bit. Each pass over the data has a fresh order.
    """
    source = FakesAhead if _draws_ahead(state, method) else Fakes
    order = Order(state, data)
    with source(state, method.precision) as fakes:
        step: Step = partial(_step, state, data, method, fakes)
        if method.replay and state.device.type == "cuda" and state.ranks.count == 1:
            step = replayed(state, step)
        while state.step < steps:
            method.before_step(state)
            updates = range(state.step * method.critic_steps, (state.step + 1) * method.critic_steps)
            chosen = [order.next() for _ in updates]
            due = [method.constraint.due(update) for update in updates]
            with state.owning_global_rng():
                record = step(chosen, due)
            state.step += 1
            yield record


def _draws_ahead(state: TrainingState, method: Method) -> bool:
    able = not method.reuse_fakes and state.generator.repeatable and state.ranks.count == 1
    return method.draw_ahead and able and cores() > 1


def _step(
    state: TrainingState,
    data: TrainingData,
    method: Method,
    fakes: Fakes,
    chosen: Sequence[Tensor],
    due: Sequence[bool],
) -> StepRecord:
    """One update of the generator and `critic_steps` of the discriminator.

    chosen: the indices of the real samples of each of the discriminator's updates. due: whether it is penalized.
    Nothing here waits for the device, and nothing but these two and the state of the device decides what is done.
    """
    count = len(chosen[0])
    shared = fakes.attached(count) if method.reuse_fakes else None
    if method.update_first == "generator":
        g_loss = _update_generator(state, method, fakes, count, shared)
        fakes.announce(method.critic_steps, count)
        d_loss, d_real, d_fake = _update_discriminator(state, data, method, fakes, chosen, due, shared)
    else:
        fakes.announce(method.critic_steps, count)
        d_loss, d_real, d_fake = _update_discriminator(state, data, method, fakes, chosen, due, shared)
        g_loss = _update_generator(state, method, fakes, count, shared)
    fakes.settle()
    state.ranks.average([d_loss, g_loss, d_real, d_fake])
    return StepRecord(d_loss, g_loss, d_real, d_fake)


def _update_discriminator(
    state: TrainingState,
    data: TrainingData,
    method: Method,
    fakes: Fakes,
    chosen: Sequence[Tensor],
    due: Sequence[bool],
    shared: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """`critic_steps` updates; the last one's loss, D(x) and D(G(z)). shared: the fakes of the first one, or None."""
    constraint = method.constraint
    for samples, penalized in zip(chosen, due, strict=True):
        real = data.real(samples)
        fake, shared = fakes.detached(len(real)) if shared is None else shared.detach(), None
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


def _update_generator(state: TrainingState, method: Method, fakes: Fakes, count: int, shared: Tensor | None) -> Tensor:
    """One update of the generator, on `shared` samples or on `count` fresh ones; its loss."""
    fake = fakes.attached(count) if shared is None else shared
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
