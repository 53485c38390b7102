"""The points experiment (R1, R3): settings bound to networks, objective, constraint and loop."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.config import Settings
from saddle.config.points import Window
from saddle.core.process import choose_device, use_precision
from saddle.core.randomness import torch_rng
from saddle.core.score import Score
from saddle.core.units import units_of
from saddle.networks.mlp import fully_connected_pair
from saddle.training.batches import TrainingData
from saddle.training.checkpoints import Checkpoints, mark_of
from saddle.training.constraints import build_constraint
from saddle.training.fit import Budget, Run, Snapshots, Watcher, fit
from saddle.training.loop import Method
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings, Schedule
from saddle.training.state import TrainingState

Points = NDArray[np.float64]

# How far a window that follows the data reaches beyond them, as a share of their extent.
MARGIN = 0.15
# Points whose extent is a smaller share of a window cannot be told apart in it.
SPECK = 0.02


class PointsSnapshots(Snapshots):
    """`samples`: (n, 2); `surface`: the score on a grid with the coordinates x and y, (len(y), len(x))."""

    def __init__(
        self, latents: Tensor, score: Score, steps_per_epoch: int, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> None:
        super().__init__(latents, score, steps_per_epoch)
        self.x, self.y = x, y

    def look(self, state: TrainingState) -> dict[str, NDArray[Any]]:
        """As in `Snapshots`."""
        grid = np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)
        surface = self.score(state.discriminator.assess(torch.from_numpy(grid))).float().cpu().numpy()
        samples = state.shown.sample(self.latents).cpu().numpy()
        return {"samples": samples, "surface": surface.reshape(len(self.y), len(self.x))}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As in `Snapshots`, with the grid's coordinates."""
        return {"x": self.x, "y": self.y, **super().arrays()}


def train_points(
    settings: Settings,
    name: str,
    optimizer: str,
    train: NDArray[np.float64],
    held_out: int,
    *,
    checkpoints: Checkpoints | None = None,
    watcher: Watcher | None = None,
    quiet: bool = False,
) -> Run[PointsSnapshots]:
    """Train the variant `name` under the chosen recipe with `optimizer`, a key of `OPTIMIZERS`.

    train: (n, 2). held_out: how many points the fit will be judged on, so that a snapshot holds as many. checkpoints:
    see `fit`, with the mark of `training_mark`. watcher: see `fit`. Raises `UserError` as `fit` and `choose_device` do,
    and for a variant that is not in the settings.
    """
    device = choose_device(settings.device)
    use_precision(settings.precision)
    recipe, variant = settings.points.chosen_recipe(), settings.points.variant(name)
    units = units_of(train, settings.points.standardize)
    own: dict[str, Any] = {"latent_dim": recipe.latent_dim, "reference_size": recipe.batch_size or len(train)}
    pair = fully_connected_pair(recipe, settings.seed, (2,), units, **own)
    state = TrainingState.new(
        pair.generator,
        pair.discriminator,
        OptimizerSettings(optimizer, recipe.lr, (recipe.b1, recipe.b2)),
        seed=settings.seed,
        device=device,
        ema_decay=recipe.ema_decay,
    )
    seen = torch.from_numpy(train) if units is None else units.to_networks(torch.from_numpy(train))
    data = TrainingData(seen.float().to(device), recipe.batch_size)
    schedule = Schedule(recipe.lr, recipe.lr_decay, training_steps(settings, len(train)))
    method = Method(
        OBJECTIVES[variant.objective],
        build_constraint(**variant.constraint.model_dump()),
        critic_steps=variant.critic_steps,
        update_first=recipe.update_first,
        fakes=recipe.fakes,
        precision=settings.precision,
        replay=settings.cuda_graphs,
        before_step=lambda state: schedule.apply(state.optimizers, state.step),
    )
    x, y = _grid(recipe.window, recipe.surface_cells, train)
    count = min(held_out, settings.points.max_points)
    latents = torch.randn(count, recipe.latent_dim, generator=torch_rng(settings.seed, "snapshot latents"))
    score, every = method.objective.score, data.steps_per_epoch
    snapshots = PointsSnapshots(latents.to(device), score, max(every, 1), x, y)
    run = Budget(recipe.epochs, recipe.log_every * every, recipe.snapshot_every * every)
    log = fit(
        state, data, method, run, name=name, snapshots=snapshots, checkpoints=checkpoints, watcher=watcher, quiet=quiet
    )
    facts = {
        "dataset": "points",
        "variant": name,
        "objective": variant.objective,
        "optimizer": optimizer,
        "score": score.facts(),
        "seed": settings.seed,
    }
    return Run(state.shown, state.discriminator, log, snapshots, facts)


def optimizer_of(settings: Settings, variant: str) -> str:
    """What trains a variant under the chosen recipe: its own optimizer, or the one that all share."""
    return settings.points.variant(variant).optimizer or settings.optimizer


def training_steps(settings: Settings, train_size: int) -> int:
    """How many steps a training on so many points has under the chosen recipe."""
    recipe = settings.points.chosen_recipe()
    return recipe.epochs * (train_size // (recipe.batch_size or train_size))


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
        "recipe": points.chosen_recipe().model_dump(exclude={"variants"}),
        "standardize": points.standardize,
        "snapshot": min(held_out, points.max_points),
    }
    return mark_of(relevant, train.tobytes())


def _grid(window: Window | None, cells: int, train: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The grid's x and y coordinates: `cells` along the longer side, square cells.

    A window in which no training point lies was made for other data; then the grid follows these.
    """
    if window is None or not _shows(window, train):
        low, high = train.min(axis=0), train.max(axis=0)
        margin = MARGIN * (float((high - low).max()) or 1.0)
        (left, bottom), (right, top) = low - margin, high + margin
    else:
        (left, right), (bottom, top) = window.x, window.y
    side = max(right - left, top - bottom) / (cells - 1)
    columns, rows = (max(2, round(extent / side) + 1) for extent in (right - left, top - bottom))
    return np.linspace(left, right, columns), np.linspace(bottom, top, rows)


def _shows(window: Window, train: Points) -> bool:
    """Whether a training point lies in `window`, and they are more than a speck in it."""
    (left, right), (bottom, top) = window.x, window.y
    inside = ((train >= (left, bottom)) & (train <= (right, top))).all(axis=1)
    large = np.ptp(train, axis=0).max() >= SPECK * max(right - left, top - bottom)
    return bool(inside.any() and large)
