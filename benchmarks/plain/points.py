"""The plain loop of R3: three GANs for the points, with a generator that is updated first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from statistics import mean

import torch
from scipy.io import loadmat
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer, RMSprop
from torch.utils.data import TensorDataset

from benchmarks.clock import Measurement, Training, measure, step_flops, warm_up
from benchmarks.plain import good_batches, judged, literal_batches
from benchmarks.rows import GRID_RUNS, GRID_VARIANTS

POINTS_FILE = "data/raw/points.mat"
LATENT_DIM = 2
BATCH = 256
LR = 0.00005
CLIP = 0.1
PENALTY_WEIGHT = 0.001
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"rmsprop": RMSprop, "adam": Adam, "sgd": SGD}


def make_generator() -> nn.Sequential:
    """2 -> 64 -> 256 -> 512 -> 2."""
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 64),
        nn.LeakyReLU(0.2),
        nn.Linear(64, 256),
        nn.BatchNorm1d(256, 0.8),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 512),
        nn.BatchNorm1d(512, 0.8),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 2),
    )


def make_critic(variant: str) -> nn.Sequential:
    """2 -> 64 -> 256 -> 1, for the GAN with a sigmoid at its end."""
    return nn.Sequential(
        nn.Linear(2, 64),
        nn.LeakyReLU(0.2),
        nn.Linear(64, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
        nn.Sigmoid() if variant == "gan" else nn.Identity(),
    )


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The mean of (||grad D|| - 1)^2 at random points between `real` and `fake`."""
    share = torch.rand(len(real), 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    values = critic(between)
    (gradient,) = torch.autograd.grad(values, between, torch.ones_like(values), create_graph=True)
    return torch.square(gradient.norm(2, dim=1) - 1).mean()


def train(
    variant: str, generator: nn.Module, critic: nn.Module, points: Tensor, optimizer: str, good: bool
) -> Iterator[None]:
    """gan (saturating), wgan (clipped weights) or wgan_gp: a step updates each network once, on the same fakes."""
    device = points.device
    g_optimizer = OPTIMIZERS[optimizer](generator.parameters(), lr=LR)
    d_optimizer = OPTIMIZERS[optimizer](critic.parameters(), lr=LR)
    wanted = list(generator.parameters()) if good else None
    for real in good_batches(points, BATCH) if good else literal_batches(TensorDataset(points), BATCH, device):
        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device))
        output = critic(fake)
        g_loss = torch.log(1 - output).mean() if variant == "gan" else -output.mean()
        g_optimizer.zero_grad()
        g_loss.backward(inputs=wanted)
        g_optimizer.step()

        fake = fake.detach()
        real_output, fake_output = judged(critic, real, fake, good)
        if variant == "gan":
            d_loss = -(torch.log(real_output) + torch.log(1 - fake_output)).mean()
        else:
            d_loss = fake_output.mean() - real_output.mean()
        if variant == "wgan_gp":
            d_loss = d_loss + PENALTY_WEIGHT * gradient_penalty(critic, real, fake)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        if variant == "wgan":
            for parameter in critic.parameters():
                parameter.data.clamp_(-CLIP, CLIP)
        yield


def training(variant: str, optimizer: str, device: torch.device, good: bool, seed: int = 0) -> Training:
    """A training with `optimizer`, a key of `OPTIMIZERS`, on a random choice of 7,000 points."""
    torch.manual_seed(seed)
    points = torch.tensor(loadmat(POINTS_FILE)["xx"], dtype=torch.float32)
    points = points[torch.randperm(len(points))[:7000]].to(device)
    return train(variant, make_generator().to(device), make_critic(variant).to(device), points, optimizer, good)


def measured_grid(device: torch.device, good: bool, steps: int) -> Measurement:
    """The measurement of `steps` steps of each run, one run after the other, each set up as it begins."""

    def one_after_the_other() -> Iterator[object]:
        # What is counted and done to warm up is no part of the grid.
        yield from islice(training(*GRID_RUNS[0][:2], device, good), 1 + warm_up(total))
        for variant, optimizer, seed in GRID_RUNS:
            yield from islice(training(variant, optimizer, device, good, seed), steps)

    total = steps * len(GRID_RUNS)
    flops = mean(step_flops(training(variant, "rmsprop", device, good)) for variant in GRID_VARIANTS)
    return replace(measure(one_after_the_other(), total, device, "fp32"), flops=flops)
