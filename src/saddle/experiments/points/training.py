"""The points experiment (R1, R3): settings bound to networks, objective, constraint and loop."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from saddle.config import PointsRecipe, Settings, Window
from saddle.core.device import choose_device
from saddle.core.mark import mark_of
from saddle.core.network import Pair, initialized
from saddle.core.randomness import torch_rng
from saddle.core.score import Score
from saddle.networks.mlp import MLPDiscriminator, MLPGenerator
from saddle.training.checkpoints import Checkpoints
from saddle.training.constraints import build_constraint
from saddle.training.fit import Budget, fit
from saddle.training.loop import Method, TrainingData
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings
from saddle.training.run import Run
from saddle.training.state import TrainingState

Points = NDArray[np.float64]

# How far a window that follows the data reaches beyond them, as a share of their extent.
MARGIN = 0.15


@dataclass
class PointsSnapshots:
    """What a run looked like every few epochs: the same latents and the same grid each time.

    samples: (count, 2) a snapshot; surface: D on the grid, (len(y), len(x)) a snapshot, as `score` reads the logits.
    """

    latents: torch.Tensor
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    score: Score
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
        surface = self.score(logits.float()).cpu().numpy()
        self.surface.append(surface.reshape(len(self.y), len(self.x)))

    def state_dict(self) -> dict[str, Any]:
        """As in `saddle.training.fit.Snapshots`."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "samples": list(map(torch.from_numpy, self.samples)),
            "surface": list(map(torch.from_numpy, self.surface)),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """As in `saddle.training.fit.Snapshots`."""
        self.epoch, self.step = state["epoch"], state["step"]
        self.samples = [samples.cpu().numpy() for samples in state["samples"]]
        self.surface = [surface.cpu().numpy() for surface in state["surface"]]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All snapshots, the first axis is time; `x` and `y` are the grid's coordinates."""
        return {
            "x": self.x,
            "y": self.y,
            "epoch": np.array(self.epoch),
            "step": np.array(self.step),
            "samples": np.stack(self.samples),
            "surface": np.stack(self.surface),
            **self.score.arrays(),
        }


def train_points(
    settings: Settings,
    name: str,
    optimizer: str,
    train: NDArray[np.float64],
    held_out: int,
    *,
    checkpoints: Checkpoints | None = None,
    quiet: bool = False,
) -> Run[PointsSnapshots]:
    """Train the variant `name` under the chosen recipe with `optimizer`, a key of `OPTIMIZERS`.

    train: (n, 2). held_out: how many points the fit will be judged on, so that a snapshot holds as many. checkpoints:
    see `fit`, with the mark of `training_mark`. Raises `UserError` as `fit` and `choose_device` do, and for a variant
    that is not in the settings.
    """
    device = choose_device(settings.device)
    recipe, variant = settings.points.chosen_recipe(), settings.points.variant(name)
    pair = _pair(recipe, len(train), settings.seed)
    state = TrainingState.new(
        pair.generator,
        pair.discriminator,
        OptimizerSettings(optimizer, recipe.lr, (recipe.b1, recipe.b2)),
        seed=settings.seed,
        device=device,
    )
    data = TrainingData(torch.from_numpy(train).float().to(device), recipe.batch_size)
    method = Method(
        OBJECTIVES[variant.objective],
        build_constraint(**variant.constraint.model_dump()),
        critic_steps=variant.critic_steps,
        update_first=recipe.update_first,
        reuse_fakes=recipe.reuse_fakes,
        precision=settings.precision,
    )
    x, y = _grid(recipe.window, recipe.surface_cells, train)
    count = min(held_out, settings.points.max_points)
    latents = torch.randn(count, recipe.latent_dim, generator=torch_rng(settings.seed, "snapshot latents"))
    score = method.objective.score
    snapshots = PointsSnapshots(latents.to(device), x, y, score, max(data.steps_per_epoch, 1))
    every = data.steps_per_epoch
    budget = Budget(recipe.epochs, recipe.log_every * every, recipe.snapshot_every * every)
    log = fit(state, data, method, budget, name=name, snapshots=snapshots, checkpoints=checkpoints, quiet=quiet)
    facts = {
        "dataset": "points",
        "variant": name,
        "objective": variant.objective,
        "optimizer": optimizer,
        "score": score.facts(),
        "seed": settings.seed,
    }
    return Run(state.generator, state.discriminator, log, snapshots, facts)


def training_mark(settings: Settings, name: str, optimizer: str, train: Points, held_out: int) -> str:
    """What stands for all that `train_points` depends on. Raises `UserError` as `choose_device`."""
    points = settings.points
    relevant = {
        "experiment": "points",
        "variant": points.variant(name).model_dump(),
        "optimizer": optimizer,
        "seed": settings.seed,
        "device": choose_device(settings.device).type,
        "precision": settings.precision,
        "threads": points.threads,
        "recipe": points.chosen_recipe().model_dump(),
        "snapshot": min(held_out, points.max_points),
    }
    return mark_of(relevant, train.tobytes())


def _pair(recipe: PointsRecipe, train_size: int, seed: int) -> Pair:
    """The networks of `recipe`, their weights drawn from `seed`."""
    generator = initialized(
        MLPGenerator,
        seed,
        "generator weights",
        latent_dim=recipe.latent_dim,
        sample_shape=(2,),
        reference_size=recipe.batch_size or train_size,
        **recipe.generator.model_dump(),
    )
    discriminator = initialized(
        MLPDiscriminator, seed, "discriminator weights", sample_shape=(2,), **recipe.discriminator.model_dump()
    )
    return Pair(generator, discriminator)


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
