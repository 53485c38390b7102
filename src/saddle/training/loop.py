"""The one adversarial loop. A variant is what it is given, never another loop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from saddle.core.network import Discriminator
from saddle.core.process import cores
from saddle.training.constraints import Constraint
from saddle.training.fakes import Fakes, FakesAhead, autocast_of
from saddle.training.objectives import Objective
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
    before_step: Callable[[TrainingState], None] = lambda state: None


@dataclass(frozen=True)
class TrainingData:
    """A data set as one tensor on the device, made into network input a batch at a time.

    samples: (n, ...), of any type. batch_size: None for all of them in one batch. A last batch that would be
    smaller is left out, so an epoch has n // batch_size steps.
    """

    samples: Tensor
    batch_size: int | None = None
    prepare: Callable[[Tensor], Tensor] = lambda batch: batch

    @property
    def steps_per_epoch(self) -> int:
        """Full batches in one pass over the data; an epoch has as many updates of the generator."""
        return len(self.samples) // self.batch if len(self.samples) >= self.batch else 0

    @property
    def batch(self) -> int:
        """Samples in one batch."""
        return self.batch_size or len(self.samples)


@dataclass(frozen=True)
class StepRecord:
    """One step's figures, scalar tensors on the device: reading them is what would make the loop wait for it."""

    d_loss: Tensor
    g_loss: Tensor
    d_real: Tensor
    d_fake: Tensor


def adversarial_steps(state: TrainingState, data: TrainingData, method: Method, steps: int) -> Iterator[StepRecord]:
    """Train until `state.step` is `steps`, yielding a record after each step.

    `state` is consistent whenever this yields: it may be saved then, and a run restored from it goes on bit
    for bit. Each pass over the data has a fresh order.
    """
    source = FakesAhead if _draws_ahead(state, method) else Fakes
    with source(state, method.precision) as fakes:
        while state.step < steps:
            method.before_step(state)
            real = data.prepare(_next_batch(state, data))
            with state.owning_global_rng():
                shared = fakes.attached(len(real)) if method.reuse_fakes else None
                if method.update_first == "generator":
                    g_loss = _update_generator(state, method, fakes, len(real), shared)
                    fakes.announce(method.critic_steps, len(real))
                    d_loss, d_real, d_fake = _update_discriminator(state, method, fakes, data, real, shared)
                else:
                    fakes.announce(method.critic_steps, len(real))
                    d_loss, d_real, d_fake = _update_discriminator(state, method, fakes, data, real, shared)
                    g_loss = _update_generator(state, method, fakes, len(real), shared)
            fakes.settle()
            state.step += 1
            yield StepRecord(d_loss, g_loss, d_real, d_fake)


def _draws_ahead(state: TrainingState, method: Method) -> bool:
    return method.draw_ahead and not method.reuse_fakes and state.generator.repeatable and cores() > 1


def _next_batch(state: TrainingState, data: TrainingData) -> Tensor:
    """The next `batch_size` samples of the current order; a new order when fewer are left."""
    if state.position + data.batch > len(state.order):
        state.order = torch.randperm(len(data.samples), generator=state.rngs["order"])
        state.position = 0
    chosen = state.order[state.position : state.position + data.batch]
    state.position += data.batch
    return data.samples[chosen.to(data.samples.device)]


def _update_discriminator(
    state: TrainingState, method: Method, fakes: Fakes, data: TrainingData, real: Tensor, shared: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """`critic_steps` updates, the first on `real`; the last one's loss, D(x) and D(G(z))."""
    for critic_step in range(method.critic_steps):
        if critic_step > 0:
            real = data.prepare(_next_batch(state, data))
        fake = shared.detach() if critic_step == 0 and shared is not None else fakes.detached(len(real))
        with autocast_of(state.device, method.precision):
            real_logits, fake_logits = _logits(state.discriminator, real, fake)
            update = state.step * method.critic_steps + critic_step
            penalty = method.constraint.penalty(state.discriminator, real, fake, state.rngs["penalty"], update)
        loss = method.objective.discriminator_loss(real_logits, fake_logits)
        if penalty is not None:
            loss = loss + penalty
        state.discriminator_optimizer.zero_grad()
        loss.backward()
        state.discriminator_optimizer.step()
        method.constraint.project(state.discriminator)
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
    state.generator_optimizer.step()
    state.update_ema()
    return loss.detach()
