"""The adversarial loop: order of updates, batches, resumption, divergence."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.mlp import MLPDiscriminator, MLPGenerator
from saddle.training.batches import TrainingData
from saddle.training.constraints import GradientPenalty, Unconstrained, WeightClipping, ZeroCentredPenalty
from saddle.training.fit import Budget, DivergenceError, fit
from saddle.training.loop import Method, adversarial_steps
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings, Schedule
from saddle.training.state import TrainingState

CPU = torch.device("cpu")


def new_state(
    optimizer: str = "rmsprop", lr: float = 1e-3, dropout: float = 0.0, statistics: str = "running"
) -> TrainingState:
    settings = OptimizerSettings(optimizer, lr)
    generator = initialized(
        MLPGenerator,
        0,
        "g",
        latent_dim=2,
        sample_shape=(2,),
        hidden=[8, 8],
        batch_norm={"eps": 0.8, "statistics": statistics},
        reference_size=16 if statistics == "batch" else None,
        dropout=dropout,
    )
    discriminator = initialized(MLPDiscriminator, 0, "d", sample_shape=(2,), hidden=[8, 8], dropout=dropout)
    return TrainingState.new(generator, discriminator, settings, seed=0, device=CPU)


def data(batch_size: int | None = 16) -> TrainingData:
    return TrainingData(torch.randn(70, 2, generator=torch.Generator().manual_seed(1)), batch_size)


class Taking:
    """Snapshots that are nothing but what is done at each."""

    def __init__(self, take: Callable[[TrainingState], object]) -> None:
        self._take = take

    def take(self, state: TrainingState) -> None:
        self._take(state)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert state == {}


METHODS = {
    "gan": Method(OBJECTIVES["minimax"], Unconstrained()),
    "wgan": Method(OBJECTIVES["wasserstein"], WeightClipping(0.1), update_first="generator", fakes="shared"),
    "wgan_gp": Method(OBJECTIVES["wasserstein"], GradientPenalty(0.1), critic_steps=3, update_first="generator"),
    # Stopped at step 6, it goes on between two penalties and two values of the rate.
    "tuned": Method(
        OBJECTIVES["non_saturating"],
        ZeroCentredPenalty(0.5, every=5),
        critic_steps=2,
        before_step=lambda state: Schedule(1e-2, "cosine", 11).apply(state.optimizers, state.step),
    ),
}


def weights(state: TrainingState) -> list[Tensor]:
    networks = (state.generator, state.discriminator)
    return [value.clone() for network in networks for value in network.state_dict().values()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def run(state: TrainingState, method: Method, steps: int, samples: TrainingData | None = None) -> TrainingState:
    for _ in adversarial_steps(state, samples or data(), method, steps):
        pass
    return state


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "sgd"])
def test_a_run_restored_in_mid_epoch_ends_bit_for_bit_like_one_that_never_stopped(
    method: Method, optimizer: str
) -> None:
    whole = run(new_state(optimizer, dropout=0.3), method, 11)
    stopped = run(new_state(optimizer, dropout=0.3), method, 6)  # 4 steps an epoch: in the middle of the second
    file = io.BytesIO()
    torch.save(stopped.state_dict(), file)
    file.seek(0)
    resumed = new_state(optimizer, lr=1e-3, dropout=0.3)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    assert resumed.step == 6
    assert same(weights(run(resumed, method, 11)), weights(whole))


def fitted(
    state: TrainingState, samples: TrainingData, budget: tuple[int, int, int], take: Callable[[TrainingState], object]
) -> list[dict[str, float]]:
    """The log of a GAN; budget: epochs, steps of a row of the log, steps between snapshots."""
    return fit(state, samples, METHODS["gan"], Budget(*budget), name="gan", snapshots=Taking(take), quiet=True)


def nothing(_: TrainingState) -> None:
    pass


def test_same_seed_same_weights_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    first = weights(run(new_state(dropout=0.3), METHODS["gan"], 5))
    after = torch.rand(1)
    torch.manual_seed(2)
    second = weights(run(new_state(dropout=0.3), METHODS["gan"], 5))
    torch.manual_seed(1)
    assert torch.equal(after, torch.rand(1))
    assert same(first, second)


def test_drawing_snapshots_does_not_change_the_training() -> None:
    def draw(state: TrainingState) -> None:
        torch.randn(100)
        state.generator.sample(torch.randn(5, 2))

    results = []
    for take, every in ((draw, 1), (nothing, 100)):
        state = new_state(dropout=0.3)
        fitted(state, data(), (2, 4, every), take)
        results.append(weights(state))
    assert same(*results)


def test_an_epoch_sees_each_sample_at_most_once_and_drops_the_incomplete_batch() -> None:
    seen: list[Tensor] = []

    def remember(batch: Tensor) -> Tensor:
        seen.append(batch)
        return batch

    samples = torch.arange(140.0).reshape(70, 2)
    run(new_state(), METHODS["gan"], 8, TrainingData(samples, 16, remember))
    first, second = torch.cat(seen[:4])[:, 0], torch.cat(seen[4:])[:, 0]
    for epoch in (first, second):
        assert len(epoch.unique()) == 64
    assert not torch.equal(first, second)


def recorded(method: Method) -> list[tuple[str, Any]]:
    """Which network was updated on what, in order, over one step."""
    state, calls = new_state(), []
    for name, optimizer in (("G", state.generator_optimizer), ("D", state.discriminator_optimizer)):
        step: Callable[..., Any] = optimizer.step

        def wrapped(*args: Any, step: Callable[..., Any] = step, name: str = name, **kwargs: Any) -> Any:
            calls.append((name, None))
            return step(*args, **kwargs)

        optimizer.step = wrapped  # type: ignore[method-assign]
    forward = state.discriminator.forward
    state.discriminator.forward = lambda x: (calls.append(("forward", x.detach().clone())), forward(x))[1]  # type: ignore
    run(state, method, 1)
    return calls


def test_the_discriminator_is_updated_first_and_as_often_as_asked() -> None:
    names = [name for name, _ in recorded(METHODS["gan"]) if name != "forward"]
    assert names == ["D", "G"]
    names = [name for name, _ in recorded(METHODS["wgan_gp"]) if name != "forward"]
    assert names == ["G", "D", "D", "D"]


def judged(method: Method) -> tuple[Tensor, Tensor]:
    """The fakes that the generator's update and the discriminator's first one are on; the generator comes first."""
    for_generator, both = [x for name, x in recorded(method) if name == "forward"][:2]
    return for_generator, both[16:]


def test_shared_fakes_are_stale_redrawn_ones_are_of_the_same_latents_by_the_updated_generator() -> None:
    """R3's order: the discriminator's fakes are those that the generator made before its step."""
    shared, redrawn, fresh = (
        judged(Method(OBJECTIVES["wasserstein"], Unconstrained(), update_first="generator", fakes=fakes))
        for fakes in ("shared", "redrawn", "fresh")
    )
    assert torch.equal(*shared)
    assert torch.equal(redrawn[0], shared[0])
    by_hand = new_state()
    latents = by_hand.latents(16)
    method = Method(OBJECTIVES["wasserstein"], Unconstrained(), update_first="generator", fakes="redrawn")
    loss = method.objective.generator_loss(by_hand.discriminator(by_hand.generator(latents)))
    loss.backward(inputs=list(by_hand.generator.parameters()))
    by_hand.generator_optimizer.step()
    assert torch.equal(redrawn[1], by_hand.generator(latents))
    assert not torch.equal(redrawn[1], shared[1])
    assert not torch.allclose(fresh[1], redrawn[1], atol=1e-3)


def test_of_several_critic_steps_only_the_first_sees_the_shared_fakes() -> None:
    method = Method(OBJECTIVES["wasserstein"], Unconstrained(), 3, update_first="generator", fakes="shared")
    for_generator, *steps = [x for name, x in recorded(method) if name == "forward"]
    assert torch.equal(for_generator, steps[0][16:])
    assert len({tuple(batch[16].tolist()) for batch in steps}) == 3


def test_reused_fakes_still_train_the_generator_through_the_updated_discriminator() -> None:
    """One step by hand: D's on detached fakes, then G's on the same fakes, judged anew."""
    method = Method(OBJECTIVES["minimax"], Unconstrained(), update_first="discriminator", fakes="shared")
    # Not RMSprop, which would make steps of the rounding of gradients that are zero: of biases before a normalization.
    state, by_hand = new_state("sgd", 0.1), new_state("sgd", 0.1)
    run(state, method, 1)
    real = data().samples[torch.randperm(len(data().samples), generator=by_hand.rngs["order"])[:16]]
    fake = by_hand.generator(by_hand.latents(16))
    loss = method.objective.discriminator_loss(by_hand.discriminator(real), by_hand.discriminator(fake.detach()))
    by_hand.discriminator_optimizer.zero_grad()
    loss.backward()
    by_hand.discriminator_optimizer.step()
    by_hand.generator_optimizer.zero_grad()
    method.objective.generator_loss(by_hand.discriminator(fake)).backward()
    by_hand.generator_optimizer.step()
    for done, expected in zip(state.networks, by_hand.networks, strict=True):
        for one, other in zip(done.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("batch_norm", [None, {"eps": 0.8, "statistics": "batch"}])
def test_real_and_fake_share_a_pass_only_where_they_share_no_statistics(batch_norm: dict[str, Any] | None) -> None:
    network = initialized(MLPDiscriminator, 0, "d", sample_shape=(2,), hidden=[8, 8], batch_norm=batch_norm)
    state = new_state()
    state.discriminator = network
    state.discriminator_optimizer = OptimizerSettings("sgd", 0.0).build(network)
    sizes: list[int] = []
    network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    run(state, METHODS["gan"], 1)
    assert network.per_sample == (batch_norm is None)
    assert sizes == ([32, 16] if network.per_sample else [16, 16, 16])


def test_a_lazy_penalty_counts_the_critics_updates() -> None:
    """Two updates a step, over four steps: 0 to 7."""
    updates: list[int] = []

    class Counting(Unconstrained):
        def due(self, update: int) -> bool:
            updates.append(update)
            return False

    run(new_state(), Method(OBJECTIVES["minimax"], Counting(), critic_steps=2), 4)
    assert updates == list(range(8))


def test_clipping_holds_after_every_step() -> None:
    state = new_state()
    for _ in adversarial_steps(state, data(), METHODS["wgan"], 5):
        assert max(p.abs().max().item() for p in state.discriminator.parameters()) <= 0.1 + 1e-7  # 0.1 in float32


def test_a_non_finite_loss_stops_the_run_and_names_step_and_variant() -> None:
    samples = data()
    snapshots: list[int] = []

    def spoil(batch: Tensor) -> Tensor:
        return batch * float("nan") if state.step == 6 else batch

    state = new_state()
    with pytest.raises(DivergenceError, match=r"^gan: training diverged at step 7: d_loss nan"):
        fitted(state, TrainingData(samples.samples, 16, spoil), (5, 4, 1), lambda s: snapshots.append(s.step))
    assert snapshots == [0, 1, 2, 3, 4, 5, 6]


def test_the_log_averages_each_window() -> None:
    log = fitted(new_state(), data(), (2, 4, 8), nothing)
    records = list(adversarial_steps(new_state(), data(), METHODS["gan"], 8))
    assert [row["step"] for row in log] == [4, 8]
    assert [row["epoch"] for row in log] == [1, 2]
    expected = torch.stack([record.d_loss for record in records[:4]]).double().mean().item()
    assert log[0]["d_loss"] == pytest.approx(expected)


def test_too_few_samples_for_a_batch_is_an_error() -> None:
    with pytest.raises(UserError, match="gan: 70 training samples fill no batch of 100"):
        fitted(new_state(), data(100), (1, 1, 1), nothing)


def test_a_batch_of_one_that_is_to_be_normalized_is_an_error() -> None:
    with pytest.raises(UserError, match="gan: a batch of 1 training sample; batch normalization needs 2"):
        fitted(new_state(), data(1), (1, 1, 1), nothing)


def test_weights_that_the_last_step_made_infinite_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its losses are those of the weights before it."""
    state = new_state()
    overflow = partial(state.generator.layers[0].weight.data.fill_, float("inf"))
    monkeypatch.setattr(state.generator_optimizer, "step", overflow)
    with pytest.raises(DivergenceError, match="gan: training diverged at its last step, 1: NaN or infinite weights"):
        fitted(state, data(None), (1, 1, 1), nothing)
