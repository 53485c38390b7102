"""The points experiment (R1, R3): settings bound to networks, objective, constraint and loop."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.config import MLPSettings, Settings, Variant, Window
from saddle.core.device import choose_device
from saddle.core.network import initialized
from saddle.core.randomness import torch_generator
from saddle.experiments.constraints import build_constraint
from saddle.experiments.identity import identity
from saddle.networks.mlp.network import MLPDiscriminator, MLPGenerator
from saddle.training.fit import fit
from saddle.training.loop import Method, TrainingData
from saddle.training.objectives import OBJECTIVES, Objective
from saddle.training.optimizers import OptimizerSettings
from saddle.training.state import TrainingState

# Networks this small gain little from a second core, and with a single thread the results depend neither on the
# number of cores nor on what else runs beside, as the optimizers' comparison does.
THREADS = 1

# How far a window that follows the data reaches beyond them, as a share of their extent.
MARGIN = 0.15


@dataclass
class Snapshots:
    """What a run looked like every few epochs: the same latents and the same grid each time.

    samples: (count, 2) a snapshot; surface: D on the grid, (len(y), len(x)) a snapshot, as the objective scores.
    """

    latents: torch.Tensor
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    objective: Objective
    steps_per_epoch: int
    epoch: list[float] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    samples: list[NDArray[np.float32]] = field(default_factory=list)
    surface: list[NDArray[np.float32]] = field(default_factory=list)

    @torch.no_grad()
    def take(self, state: TrainingState) -> None:
        """Add one snapshot of `state`, which stays as it is."""
        grid = np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)
        logits = state.discriminator.eval()(torch.from_numpy(grid).to(state.device))
        state.discriminator.train()
        self.epoch.append(state.step / self.steps_per_epoch)
        self.step.append(state.step)
        self.samples.append(state.generator.sample(self.latents).float().cpu().numpy())
        surface = self.objective.score(logits.float()).cpu().numpy()
        self.surface.append(surface.reshape(len(self.y), len(self.x)))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All snapshots, the first axis is time; `x` and `y` are the grid's coordinates."""
        return {
            "x": self.x,
            "y": self.y,
            "epoch": np.array(self.epoch),
            "step": np.array(self.step),
            "samples": np.stack(self.samples),
            "surface": np.stack(self.surface),
        }


@dataclass(frozen=True)
class PointsRun:
    """A finished run: the networks, the log (see `fit`), the snapshots, and facts for the model file."""

    generator: MLPGenerator
    discriminator: MLPDiscriminator
    log: list[dict[str, float]]
    snapshots: Snapshots
    facts: dict[str, object]


def train_points(
    settings: Settings, variant: Variant, train: NDArray[np.float64], held_out: int, *, quiet: bool = False
) -> PointsRun:
    """Train one variant under the chosen recipe with the chosen optimizer.

    train: (n, 2). held_out: how many points the fit will be judged on, so that a snapshot holds as many.
    Raises `UserError` as `fit` and `choose_device` do.
    """
    torch.set_num_threads(THREADS)
    device = choose_device(settings.device)
    recipe, chosen = settings.points.chosen_recipe(), settings.points.variant(variant)
    objective = OBJECTIVES[chosen.objective]
    optimizer = OptimizerSettings(settings.optimizer, recipe.lr)
    seed = settings.seed
    state = TrainingState.new(
        initialized(
            MLPGenerator,
            seed,
            "generator weights",
            latent_dim=recipe.noise_dim,
            sample_shape=(2,),
            batch=recipe.batch_size or len(train),
            **_layers(recipe.generator),
        ),
        initialized(
            MLPDiscriminator,
            seed,
            "discriminator weights",
            sample_shape=(2,),
            **_layers(recipe.discriminator),
        ),
        optimizer,
        optimizer,
        seed=seed,
        device=device,
    )
    data = TrainingData(torch.from_numpy(train).float().to(device), recipe.batch_size)
    method = Method(
        objective,
        build_constraint(chosen.constraint),
        critic_steps=chosen.critic_steps,
        update_first=recipe.update_first,
        reuse_fakes=recipe.reuse_fakes,
        precision=settings.precision,
    )
    x, y = _grid(recipe.window, recipe.surface_cells, train)
    latents = torch.randn(
        min(held_out, settings.points.max_points),
        recipe.noise_dim,
        generator=torch_generator(seed, "snapshot latents"),
    )
    snapshots = Snapshots(latents.to(device), x, y, objective, max(data.steps_per_epoch, 1))
    log = fit(
        state,
        data,
        method,
        name=variant,
        epochs=recipe.epochs,
        log_every=recipe.log_every * data.steps_per_epoch,
        snapshot_every=recipe.snapshot_every * data.steps_per_epoch,
        take_snapshot=snapshots.take,
        quiet=quiet,
    )
    facts: dict[str, object] = {
        "dataset": "points",
        "variant": variant,
        "objective": chosen.objective,
        "seed": seed,
        "identity": identity(settings, variant, train, held_out),
    }
    assert isinstance(state.generator, MLPGenerator)
    assert isinstance(state.discriminator, MLPDiscriminator)
    return PointsRun(state.generator, state.discriminator, log, snapshots, facts)


def _layers(settings: MLPSettings) -> dict[str, object]:
    return settings.model_dump()


def _grid(
    window: Window | None, cells: int, train: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The grid's x and y coordinates: `cells` along the longer side, square cells."""
    if window is None:
        low, high = train.min(axis=0), train.max(axis=0)
        margin = MARGIN * max(float((high - low).max()), 1e-6)
        (left, bottom), (right, top) = low - margin, high + margin
    else:
        (left, right), (bottom, top) = window.x, window.y
    side = max(right - left, top - bottom) / (cells - 1)
    columns, rows = (max(2, round(extent / side) + 1) for extent in (right - left, top - bottom))
    return np.linspace(left, right, columns, dtype=np.float32), np.linspace(bottom, top, rows, dtype=np.float32)
