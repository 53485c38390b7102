"""The adversarial loop: order of updates, batches, resumption, divergence."""

import copy
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from saddle.core.network import initialized
from saddle.errors import UserError
from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator
from saddle.training import loop
from saddle.training.batches import TrainingData
from saddle.training.constraints import GradientPenalty, Unconstrained, WeightClipping, ZeroCentredPenalty
from saddle.training.fit import Budget, DivergenceError, fit
from saddle.training.loop import Method, adversarial_steps
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings
from saddle.training.schedule import Schedule
from saddle.training.state import TrainingState

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever machine the tests run on."""
    monkeypatch.setattr(loop, "cores", lambda: 2)


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
    "wgan": Method(OBJECTIVES["wasserstein"], WeightClipping(0.1), update_first="generator", reuse_fakes=True),
    "wgan_gp": Method(OBJECTIVES["wasserstein"], GradientPenalty(0.1), critic_steps=3, update_first="generator"),
    # Stopped at step 6, it goes on between two penalties and two values of the rate.
    "tuned": Method(
        OBJECTIVES["non_saturating"],
        ZeroCentredPenalty(0.5, every=5),
        critic_steps=2,
        before_step=Schedule(1e-2, "cosine", 11).apply,
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


def test_same_seed_same_weights_and_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    first = weights(run(new_state(dropout=0.3), METHODS["gan"], 5))
    after = torch.rand(1)
    torch.manual_seed(2)
    second = weights(run(new_state(dropout=0.3), METHODS["gan"], 5))
    torch.manual_seed(1)
    assert torch.equal(after, torch.rand(1))
    assert same(first, second)


AHEAD = {
    "gan": Method(OBJECTIVES["minimax"], Unconstrained(), update_first="generator"),
    "wgan": Method(OBJECTIVES["wasserstein"], WeightClipping(0.1)),
    "wgan_gp": METHODS["wgan_gp"],
    "wgan_gp_discriminator_first": Method(OBJECTIVES["wasserstein"], GradientPenalty(0.1), critic_steps=2),
}


@pytest.mark.parametrize("method", AHEAD.values(), ids=AHEAD)
def test_fakes_that_are_drawn_ahead_are_the_same_bit_for_bit(method: Method) -> None:
    plain = run(new_state(statistics="batch"), method, 7)
    names: set[str] = set()
    state = new_state(statistics="batch")
    state.generator.register_forward_pre_hook(lambda *_: names.add(threading.current_thread().name))
    run(state, replace(method, draw_ahead=True), 7)
    assert names == {"MainThread", "fakes_0"}
    assert same(weights(state), weights(plain))


@pytest.mark.parametrize("method", AHEAD.values(), ids=AHEAD)
def test_a_run_saved_while_fakes_wait_goes_on_bit_for_bit_either_way(method: Method) -> None:
    whole = weights(run(new_state(statistics="batch"), method, 9))
    stopped = new_state(statistics="batch")
    run(stopped, replace(method, draw_ahead=True), 5)
    file = io.BytesIO()
    torch.save(stopped.state_dict(), file)
    for ahead in (False, True):
        resumed = new_state(statistics="batch")
        file.seek(0)
        resumed.load_state_dict(torch.load(file, weights_only=True))
        run(resumed, replace(method, draw_ahead=ahead), 9)
        assert same(weights(resumed), whole)


@pytest.mark.parametrize(
    ("statistics", "dropout", "repeatable"), [("batch", 0.0, True), ("running", 0.0, False), ("batch", 0.3, False)]
)
def test_nothing_is_drawn_ahead_where_the_order_of_passes_matters(
    statistics: str, dropout: float, repeatable: bool
) -> None:
    state = new_state(statistics=statistics, dropout=dropout)
    names: set[str] = set()
    state.generator.register_forward_pre_hook(lambda *_: names.add(threading.current_thread().name))
    run(state, replace(METHODS["gan"], draw_ahead=True), 3)
    assert state.generator.repeatable == repeatable
    assert ("fakes_0" in names) == repeatable


def test_an_error_while_fakes_are_drawn_ahead_ends_the_training() -> None:
    state = new_state(statistics="batch")
    calls = iter(range(100))

    def fail(*_: object) -> None:
        if next(calls) == 5:
            raise MemoryError("no room")

    state.generator.register_forward_pre_hook(fail)
    with pytest.raises(MemoryError, match="no room"):
        run(state, replace(AHEAD["gan"], draw_ahead=True), 9)
    assert not any(thread.name.startswith("fakes") for thread in threading.enumerate())


def test_drawing_snapshots_does_not_change_the_training() -> None:
    def draw(state: TrainingState) -> None:
        torch.randn(100)
        state.generator.sample(torch.randn(5, 2))

    results = []
    for take, every in ((draw, 1), (lambda _: None, 100)):
        state = new_state(dropout=0.3)
        fit(
            state,
            data(),
            METHODS["gan"],
            Budget(epochs=2, log_every=4, snapshot_every=every),
            name="x",
            snapshots=Taking(take),
            quiet=True,
        )
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


def test_full_batch_is_one_step_an_epoch_with_all_samples() -> None:
    assert data(None).steps_per_epoch == 1
    assert data(None).batch == 70


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


def test_reused_fakes_are_the_generators_own_and_others_are_fresh() -> None:
    # The generator's fakes, then the real and the fake batch of the discriminator in one.
    for_generator, both = [x for name, x in recorded(METHODS["wgan"]) if name == "forward"]
    assert torch.equal(for_generator, both[16:])
    fresh = Method(OBJECTIVES["wasserstein"], WeightClipping(0.1), update_first="generator")
    for_generator, both = [x for name, x in recorded(fresh) if name == "forward"]
    assert not torch.equal(for_generator, both[16:])


def test_report_1_has_both_networks_meet_the_same_fakes_the_discriminator_first() -> None:
    method = Method(OBJECTIVES["minimax"], Unconstrained(), update_first="discriminator", reuse_fakes=True)
    records = recorded(method)
    assert [name for name, _ in records if name != "forward"] == ["D", "G"]
    both, for_generator = [x for name, x in records if name == "forward"]
    assert torch.equal(both[16:], for_generator)


def test_reused_fakes_still_train_the_generator_through_the_updated_discriminator() -> None:
    """One step by hand: D's on detached fakes, then G's on the same fakes, judged anew."""
    method = Method(OBJECTIVES["minimax"], Unconstrained(), update_first="discriminator", reuse_fakes=True)
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


def test_every_critic_step_has_a_batch_and_noise_of_its_own() -> None:
    _, *steps = [x for name, x in recorded(METHODS["wgan_gp"]) if name == "forward"]
    assert len(steps) == 3
    assert len({tuple(batch[0].tolist()) for batch in steps}) == 3
    assert len({tuple(batch[16].tolist()) for batch in steps}) == 3


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


def test_generator_update_leaves_the_discriminator_alone() -> None:
    state = new_state("sgd", 0.0)
    before = copy.deepcopy(state.discriminator.state_dict())
    run(state, METHODS["gan"], 1)
    for name, value in state.discriminator.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_non_finite_loss_stops_the_run_and_names_step_and_variant() -> None:
    samples = data()
    snapshots: list[int] = []

    def spoil(batch: Tensor) -> Tensor:
        return batch * float("nan") if state.step == 6 else batch

    state = new_state()
    with pytest.raises(DivergenceError, match=r"^wgan: training diverged at step 7: d_loss nan"):
        fit(
            state,
            TrainingData(samples.samples, 16, spoil),
            METHODS["wgan"],
            Budget(epochs=5, log_every=4, snapshot_every=1),
            name="wgan",
            snapshots=Taking(lambda s: snapshots.append(s.step)),
            quiet=True,
        )
    assert snapshots == [0, 1, 2, 3, 4, 5, 6]


def test_the_log_averages_each_window() -> None:
    log = fit(
        new_state(), data(), METHODS["gan"], Budget(epochs=2, log_every=4, snapshot_every=8), name="x",
        snapshots=Taking(lambda _: None), quiet=True,
    )  # fmt: skip
    records = list(adversarial_steps(new_state(), data(), METHODS["gan"], 8))
    assert [row["step"] for row in log] == [4, 8]
    assert [row["epoch"] for row in log] == [1, 2]
    expected = torch.stack([record.d_loss for record in records[:4]]).double().mean().item()
    assert log[0]["d_loss"] == pytest.approx(expected)


def test_too_few_samples_for_a_batch_is_an_error() -> None:
    with pytest.raises(UserError, match="gan: 70 training samples fill no batch of 100"):
        fit(
            new_state(), data(100), METHODS["gan"], Budget(epochs=1, log_every=1, snapshot_every=1), name="gan",
            snapshots=Taking(lambda _: None), quiet=True,
        )  # fmt: skip


def test_a_batch_of_one_that_is_to_be_normalized_is_an_error() -> None:
    with pytest.raises(UserError, match="gan: a batch of 1 training sample; batch normalization needs 2"):
        fit(
            new_state(), data(1), METHODS["gan"], Budget(epochs=1, log_every=1, snapshot_every=1), name="gan",
            snapshots=Taking(lambda _: None), quiet=True,
        )  # fmt: skip


def test_weights_that_the_last_step_made_infinite_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its losses are those of the weights before it."""
    state = new_state()
    overflow = partial(state.generator.layers[0].weight.data.fill_, float("inf"))
    monkeypatch.setattr(state.generator_optimizer, "step", overflow)
    with pytest.raises(DivergenceError, match="gan: training diverged at its last step, 1: NaN or infinite weights"):
        fit(
            state, data(None), METHODS["gan"], Budget(epochs=1, log_every=1, snapshot_every=1), name="gan",
            snapshots=Taking(lambda _: None), quiet=True,
        )  # fmt: skip
