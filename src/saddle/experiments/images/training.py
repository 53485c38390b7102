"""The MNIST experiment (R2, R4, and ProGAN): settings bound to networks, objective and loop."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saddle.config import ImageBudget, ImageVariant, ImageVariantName, MLPPair, ProGANPair, Settings
from saddle.core.device import choose_device
from saddle.core.network import Discriminator, Generator
from saddle.core.randomness import torch_generator
from saddle.data.mnist.dataset import normalized
from saddle.experiments.constraints import build_constraint
from saddle.experiments.images.networks import build_networks
from saddle.networks.progan.growth import Growth, level_of
from saddle.networks.progan.layers import reduced_detail
from saddle.training.fit import fit
from saddle.training.loop import Method, TrainingData
from saddle.training.objectives import OBJECTIVES
from saddle.training.optimizers import OptimizerSettings
from saddle.training.state import TrainingState

# With one thread the results of the fully connected variants depend on no number of cores, and another stage can run
# beside. A second one makes mlp 1.7 times faster on an idle machine, little on a busy one, and dropout_mlp hardly.
MLP_THREADS = 1


@dataclass
class ImageSnapshots:
    """Grids of samples over a run, always from the same latents.

    images: (count, channels, size, size) a snapshot, in the range of the generator.
    """

    latents: Tensor
    steps_per_epoch: int
    epoch: list[float] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    images: list[NDArray[np.float32]] = field(default_factory=list)

    def take(self, state: TrainingState) -> None:
        """Add one snapshot of `state`, which stays as it is."""
        self.epoch.append(state.step / self.steps_per_epoch)
        self.step.append(state.step)
        self.images.append(state.shown.sample(self.latents).float().cpu().numpy())

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All snapshots, the first axis is time."""
        return {
            "epoch": np.array(self.epoch),
            "step": np.array(self.step),
            "images": np.stack(self.images).astype(np.float16),
        }


@dataclass(frozen=True)
class ImageRun:
    """A finished run: the networks, the log (see `fit`), the snapshots, and facts for the model file."""

    generator: Generator
    discriminator: Discriminator
    log: list[dict[str, float]]
    snapshots: ImageSnapshots
    facts: dict[str, object]


def train_images(
    settings: Settings, name: ImageVariantName, images: NDArray[np.uint8] | Tensor, dataset: str
) -> ImageRun:
    """Train one image variant with the budget of the chosen scale.

    images: (n, 28, 28) uint8. dataset: its name, for the model file. Raises `UserError` as `fit` and
    `choose_device` do.
    """
    device = choose_device(settings.device)
    variant = settings.mnist.variant(name)
    if isinstance(variant.networks, MLPPair):
        torch.set_num_threads(MLP_THREADS)
    budget: ImageBudget = getattr(variant.budgets, settings.scale)
    optimizer = OptimizerSettings("adam", variant.lr, (variant.b1, variant.b2))
    generator, discriminator = build_networks(variant, settings.seed)
    networks = variant.networks
    growing = isinstance(networks, ProGANPair)
    state = TrainingState.new(
        generator,
        discriminator,
        optimizer,
        optimizer,
        seed=settings.seed,
        device=device,
        average_decay=budget.average_decay,
    )

    def prepare(batch: Tensor) -> Tensor:
        real = normalized(batch, variant.img_size)
        return reduced_detail(real, level_of(state)) if growing else real

    data = TrainingData(torch.as_tensor(images).to(device), variant.batch_size, prepare)
    method = _method(variant, settings.precision)
    if isinstance(networks, ProGANPair):
        growth = Growth(budget.epochs * data.steps_per_epoch, tuple(networks.stabilize), tuple(networks.fade))
        growth.check(state)
        method = replace(method, before_step=growth.apply)
        growth.apply(state)
    latents = torch.randn(
        settings.mnist.grid**2, variant.latent_dim, generator=torch_generator(settings.seed, "snapshot latents")
    )
    snapshots = ImageSnapshots(latents.to(device), max(data.steps_per_epoch, 1))
    log = fit(
        state,
        data,
        method,
        name=name,
        epochs=budget.epochs,
        log_every=variant.log_every,
        snapshot_every=budget.sample_interval,
        take_snapshot=snapshots.take,
    )
    facts: dict[str, object] = {
        "dataset": dataset,
        "variant": name,
        "objective": variant.objective,
        "seed": settings.seed,
    }
    return ImageRun(state.shown, state.discriminator, log, snapshots, facts)


def _method(variant: ImageVariant, precision: str) -> Method:
    return Method(
        OBJECTIVES[variant.objective],
        build_constraint(variant.constraint),
        critic_steps=variant.critic_steps,
        update_first=variant.update_first,
        reuse_fakes=variant.reuse_fakes,
        precision=precision,
    )
