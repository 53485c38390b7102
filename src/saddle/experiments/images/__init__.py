"""The experiment on images (R2, R4, and ProGAN): settings bound to networks, objective and loop."""

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.config import Settings
from saddle.config.images import ImageBudget
from saddle.core.model_file import kind
from saddle.core.network import Pair
from saddle.core.process import choose_device, use_precision
from saddle.core.randomness import torch_rng
from saddle.data.images import normalized
from saddle.training.batches import TrainingData
from saddle.training.checkpoints import Checkpoints, mark_of
from saddle.training.constraints import build_constraint
from saddle.training.fit import Budget, Run, Snapshots, Watcher, fit
from saddle.training.loop import Method
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings, Schedule
from saddle.training.ranks import ALONE, Ranks, check_devices, check_parts, ranks_of
from saddle.training.state import TrainingState


class ImageSnapshots(Snapshots):
    """`images`: (n, channels, size, size) in the range of the generator; `resolution`: pixels a side of what they show.

    A growing network's images show fewer than they have.
    """

    SAMPLES = "images"

    def look(self, state: TrainingState) -> dict[str, NDArray[Any]]:
        """As in `Snapshots`."""
        images = state.shown.sample(self.latents).float().cpu().numpy()
        return {"resolution": np.array(state.shown.resolution), "images": images}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As in `Snapshots`; in files half as many bits are enough for images."""
        arrays = super().arrays()
        return {**arrays, "images": arrays["images"].astype(np.float16)}


def train_images(
    settings: Settings,
    name: str,
    images: NDArray[np.uint8] | Tensor,
    dataset: str,
    *,
    checkpoints: Checkpoints | None = None,
    watcher: Watcher | None = None,
    quiet: bool = False,
) -> Run[ImageSnapshots]:
    """Train the image variant `name` with the budget of the chosen scale.

    images: bytes, as in `ImageData`. dataset: their name, for the model file. checkpoints: see `fit`, with the mark of
    `training_mark`. watcher, quiet: see `fit`. With several `devices` this process trains on the first of them, and
    others that it starts on the rest. Raises `UserError` as `fit`, `choose_device` and `ranks_of` do, for a variant
    that is not in the settings, for networks that its settings cannot make, and for a batch that the devices cannot
    share.
    """
    device = choose_device(settings.device)
    if settings.devices == 1:
        return _train(settings, name, images, dataset, checkpoints, watcher, quiet, ALONE)
    variant = settings.images.variant(name)
    batch, discriminator = variant.batch_size, kind(variant.networks.kind).NETWORKS["discriminator"]
    check_devices(settings.devices, device)
    check_parts(name, batch, discriminator.group, settings.devices)
    work = partial(_train, settings, name, torch.as_tensor(images), dataset, checkpoints, None, quiet)
    with ranks_of(settings.devices, batch, device, work) as ranks:
        return _train(settings, name, images, dataset, checkpoints, watcher, quiet, ranks)


def _train(
    settings: Settings,
    name: str,
    images: NDArray[np.uint8] | Tensor,
    dataset: str,
    checkpoints: Checkpoints | None,
    watcher: Watcher | None,
    quiet: bool,
    ranks: Ranks,
) -> Run[ImageSnapshots]:
    """One rank's training; the same for all, but that the first alone writes and shows anything."""
    device = choose_device(settings.device)
    if device.type == "cuda" and ranks.count > 1:
        device = torch.device("cuda", ranks.rank)
    use_precision(settings.precision)
    variant = settings.images.variant(name)
    budget: ImageBudget = getattr(variant.budgets, settings.scale)
    steps_per_epoch = len(images) // variant.batch_size
    steps = budget.epochs * steps_per_epoch
    pair: Pair = kind(variant.networks.kind).build_pair(variant, steps=steps, seed=settings.seed, name=name)
    state = TrainingState.new(
        pair.generator,
        pair.discriminator,
        OptimizerSettings(variant.optimizer, variant.lr, (variant.b1, variant.b2)),
        seed=settings.seed,
        device=device,
        ema_decay=budget.ema_decay,
        ranks=ranks,
    )

    def prepare(batch: Tensor) -> Tensor:
        return pair.generator.visible(normalized(batch, variant.img_size))

    data = TrainingData(torch.as_tensor(images).to(device), variant.batch_size, prepare)
    schedule = Schedule(variant.lr, variant.lr_decay, max(steps, 1))

    def before_step(state: TrainingState) -> None:
        schedule.apply(state.optimizers, state.step)
        if pair.growth is not None:
            pair.growth(state.step, state.networks)

    before_step(state)
    method = Method(
        OBJECTIVES[variant.objective],
        build_constraint(**variant.constraint.model_dump()),
        critic_steps=variant.critic_steps,
        update_first=variant.update_first,
        fakes=variant.fakes,
        precision=settings.precision,
        replay=settings.cuda_graphs and pair.growth is None,
        before_step=before_step,
    )
    latents = torch.randn(
        settings.images.grid**2, variant.latent_dim, generator=torch_rng(settings.seed, "snapshot latents")
    )
    score = method.objective.score
    snapshots = ImageSnapshots(latents.to(device), score, max(steps_per_epoch, 1))
    run = Budget(budget.epochs, variant.log_every, budget.sample_interval)
    log = fit(
        state, data, method, run, name=name, snapshots=snapshots, checkpoints=checkpoints, watcher=watcher, quiet=quiet
    )
    facts = {
        "dataset": dataset,
        "variant": name,
        "objective": variant.objective,
        "score": score.facts(),
        "seed": settings.seed,
    }
    return Run(state.shown, state.discriminator, log, snapshots, facts)


def training_mark(settings: Settings, name: str, images: NDArray[np.uint8] | Tensor, dataset: str) -> str:
    """What stands for all that `train_images` depends on. Raises `UserError` as `choose_device`."""
    relevant = {
        "experiment": dataset,
        "variant": settings.images.variant(name).model_dump(),
        "seed": settings.seed,
        "scale": settings.scale,
        "device": choose_device(settings.device).type,
        "precision": settings.precision,
        "devices": settings.devices,
        "grid": settings.images.grid,
    }
    return mark_of(relevant, np.asarray(images).tobytes())
