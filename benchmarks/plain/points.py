"""Plain loops for the points: the three GANs of R3, and their networks."""

from collections.abc import Callable, Iterator

import torch
from scipy.io import loadmat
from torch import Tensor, nn

LATENT_DIM = 2
BATCH = 256
TRAIN_SIZE = 7000
LR = 0.00005
CLIP = 0.1
PENALTY_WEIGHT = 0.1
CRITIC_STEPS = 5

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
}


def read_training_points(path: str, device: torch.device) -> Tensor:
    """A random choice of 7,000 points of the variable `xx`, (7000, 2)."""
    points = torch.tensor(loadmat(path)["xx"], dtype=torch.float32)
    return points[torch.randperm(len(points))[:TRAIN_SIZE]].to(device)


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


def make_critic() -> nn.Sequential:
    """2 -> 64 -> 256 -> 1."""
    return nn.Sequential(
        nn.Linear(2, 64),
        nn.LeakyReLU(0.2),
        nn.Linear(64, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
    )


def make_discriminator() -> nn.Sequential:
    """The critic with a sigmoid at its end."""
    return make_critic().append(nn.Sigmoid())


def batches(points: Tensor) -> Iterator[Tensor]:
    """Batches of 256 in a random order, anew in each epoch, without end."""
    while True:
        order = torch.randperm(len(points), device=points.device)
        for start in range(0, len(points) - BATCH + 1, BATCH):
            yield points[order[start : start + BATCH]]


def train_gan(generator: nn.Module, discriminator: nn.Module, points: Tensor, optimizer: str) -> Iterator[None]:
    """The GAN: one update of each network a step, each on fresh noise."""
    device = points.device
    bce = nn.BCELoss()
    g_optimizer = OPTIMIZERS[optimizer](generator.parameters(), lr=LR)
    d_optimizer = OPTIMIZERS[optimizer](discriminator.parameters(), lr=LR)
    ones = torch.ones(BATCH, 1, device=device)
    zeros = torch.zeros(BATCH, 1, device=device)
    for real in batches(points):
        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device))
        g_loss = bce(discriminator(fake), ones)
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device)).detach()
        d_loss = bce(discriminator(real), ones) + bce(discriminator(fake), zeros)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        yield


def train_wgan(generator: nn.Module, critic: nn.Module, points: Tensor, optimizer: str) -> Iterator[None]:
    """The WGAN with clipped weights: one update of each network a step."""
    device = points.device
    g_optimizer = OPTIMIZERS[optimizer](generator.parameters(), lr=LR)
    d_optimizer = OPTIMIZERS[optimizer](critic.parameters(), lr=LR)
    for real in batches(points):
        g_loss = -critic(generator(torch.randn(BATCH, LATENT_DIM, device=device))).mean()
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device)).detach()
        d_loss = critic(fake).mean() - critic(real).mean()
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        for parameter in critic.parameters():
            parameter.data.clamp_(-CLIP, CLIP)
        yield


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The mean of (||grad D|| - 1)^2 at random points between `real` and `fake`."""
    share = torch.rand(len(real), 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    values = critic(between)
    (gradient,) = torch.autograd.grad(values, between, torch.ones_like(values), create_graph=True)
    penalty: Tensor = ((gradient.norm(2, dim=1) - 1) ** 2).mean()
    return penalty


def train_wgan_gp(generator: nn.Module, critic: nn.Module, points: Tensor, optimizer: str) -> Iterator[None]:
    """The WGAN with a gradient penalty: five updates of the critic for one of the generator, each on its own batch."""
    device = points.device
    g_optimizer = OPTIMIZERS[optimizer](generator.parameters(), lr=LR)
    d_optimizer = OPTIMIZERS[optimizer](critic.parameters(), lr=LR)
    real_batches = batches(points)
    while True:
        g_loss = -critic(generator(torch.randn(BATCH, LATENT_DIM, device=device))).mean()
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        for _ in range(CRITIC_STEPS):
            real = next(real_batches)
            fake = generator(torch.randn(BATCH, LATENT_DIM, device=device)).detach()
            d_loss = critic(fake).mean() - critic(real).mean() + PENALTY_WEIGHT * gradient_penalty(critic, real, fake)
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()
        yield
