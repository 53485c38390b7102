"""The plain loop of R2: fully connected networks on MNIST."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from benchmarks.plain.mnist_images import batches

LATENT_DIM = 64
BATCH = 100
LR = 0.0002


def make_generator() -> nn.Sequential:
    """64 -> 256 -> 256 -> 784."""
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 784),
        nn.Tanh(),
    )


def make_discriminator() -> nn.Sequential:
    """784 -> 256 -> 256 -> 1."""
    return nn.Sequential(
        nn.Linear(784, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
        nn.Sigmoid(),
    )


def train(
    generator: nn.Module, discriminator: nn.Module, data: Dataset[Tensor], device: torch.device
) -> Iterator[None]:
    """The discriminator first, then the generator with fresh noise."""
    bce = nn.BCELoss()
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=LR)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=LR)
    ones = torch.ones(BATCH, 1, device=device)
    zeros = torch.zeros(BATCH, 1, device=device)
    for images in batches(data, BATCH, device):
        real = images.reshape(BATCH, -1)
        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device)).detach()
        d_loss = bce(discriminator(real), ones) + bce(discriminator(fake), zeros)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        fake = generator(torch.randn(BATCH, LATENT_DIM, device=device))
        g_loss = bce(discriminator(fake), ones)
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        yield
