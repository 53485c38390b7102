"""The plain loop of R4: a DCGAN on MNIST, resized to 32 x 32."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from benchmarks.plain.mnist_images import batches

LATENT_DIM = 100
BATCH = 64
SIZE = 32
LR = 0.0002
BETAS = (0.5, 0.999)


def init_weights(module: nn.Module) -> None:
    """R4's initialization."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def make_generator() -> nn.Sequential:
    """100 -> 128 x 8 x 8 -> 128 x 16 x 16 -> 64 x 32 x 32 -> 1 x 32 x 32."""
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 128 * 8 * 8),
        nn.Unflatten(1, (128, 8, 8)),
        nn.BatchNorm2d(128),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 128, 3, padding=1),
        nn.BatchNorm2d(128, 0.8),
        nn.LeakyReLU(0.2),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(128, 64, 3, padding=1),
        nn.BatchNorm2d(64, 0.8),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 1, 3, padding=1),
        nn.Tanh(),
    ).apply(init_weights)


def make_discriminator() -> nn.Sequential:
    """1 x 32 x 32 -> 16, 32, 64 and 128 maps, each half as wide -> 1."""
    layers: list[nn.Module] = []
    width_in = 1
    for width in (16, 32, 64, 128):
        layers += [nn.Conv2d(width_in, width, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        if width_in > 1:
            layers.append(nn.BatchNorm2d(width, 0.8))
        width_in = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 2 * 2, 1), nn.Sigmoid()).apply(init_weights)


def train(
    generator: nn.Module, discriminator: nn.Module, data: Dataset[Tensor], device: torch.device, *, bf16: bool = False
) -> Iterator[None]:
    """The generator first, then the discriminator on the same fakes. bf16: the networks compute under autocast."""
    bce = nn.BCELoss()
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=LR, betas=BETAS)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=LR, betas=BETAS)
    ones = torch.ones(BATCH, 1, device=device)
    zeros = torch.zeros(BATCH, 1, device=device)
    for real in batches(data, BATCH, device):
        g_optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            fake = generator(torch.randn(BATCH, LATENT_DIM, device=device))
            verdict = discriminator(fake)
        # Autocast has no BCELoss: the loss is computed in float32.
        g_loss = bce(verdict.float(), ones)
        g_loss.backward()
        g_optimizer.step()

        d_optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            real_verdict = discriminator(real)
            fake_verdict = discriminator(fake.detach())
        d_loss = (bce(real_verdict.float(), ones) + bce(fake_verdict.float(), zeros)) / 2
        d_loss.backward()
        d_optimizer.step()
        yield
