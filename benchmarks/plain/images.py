"""The plain loops of R2, fully connected networks, and of R4, a DCGAN, on MNIST."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy as bce
from torchvision import transforms
from torchvision.datasets import MNIST

from benchmarks.clock import Training
from benchmarks.plain import good_batches, judged, literal_batches

LR = 0.0002
MLP_LATENT_DIM, MLP_BATCH = 64, 100
DCGAN_LATENT_DIM, DCGAN_BATCH = 100, 64
DCGAN_BETAS = (0.5, 0.999)


class MNISTFolder(MNIST):
    """torchvision's data set, with its files in `root` itself."""

    raw_folder = property(lambda self: self.root)


def batches(folder: Path, size: int, batch: int, device: torch.device, good: bool) -> Iterator[Tensor]:
    """Batches (batch, 1, size, size) in [-1, 1] of the training images in `folder`, without end."""
    resize = transforms.Resize(size)
    data = MNISTFolder(
        folder, transform=transforms.Compose([resize, transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    )
    if not good:
        return literal_batches(data, batch, device)
    resized = resize(data.data.unsqueeze(1)).to(device)
    return (real / 127.5 - 1 for real in good_batches(resized, batch))


def make_mlp() -> tuple[nn.Sequential, nn.Sequential]:
    """R2's generator, 64 -> 256 -> 256 -> 784, and discriminator, 784 -> 256 -> 256 -> 1."""
    generator = nn.Sequential(
        nn.Linear(MLP_LATENT_DIM, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 784), nn.Tanh()
    )
    discriminator = nn.Sequential(
        nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1), nn.Sigmoid()
    )
    return generator, discriminator


def train_mlp(generator: nn.Module, discriminator: nn.Module, images: Iterator[Tensor], good: bool) -> Iterator[None]:
    """The discriminator first, then the generator with fresh noise."""
    device = next(generator.parameters()).device
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=LR)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=LR)
    ones, zeros = torch.ones(MLP_BATCH, 1, device=device), torch.zeros(MLP_BATCH, 1, device=device)
    wanted = list(generator.parameters()) if good else None
    for real in images:
        fake = generator(torch.randn(MLP_BATCH, MLP_LATENT_DIM, device=device)).detach()
        real_output, fake_output = judged(discriminator, real.flatten(1), fake, good)
        d_loss = bce(real_output, ones) + bce(fake_output, zeros)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        fake = generator(torch.randn(MLP_BATCH, MLP_LATENT_DIM, device=device))
        g_loss = bce(discriminator(fake), ones)
        g_optimizer.zero_grad()
        g_loss.backward(inputs=wanted)
        g_optimizer.step()
        yield


def make_dcgan() -> tuple[nn.Sequential, nn.Sequential]:
    """R4's generator, 100 -> 128 x 8 x 8 -> 1 x 32 x 32, and discriminator, 1 x 32 x 32 -> 128 x 2 x 2 -> 1."""
    generator = nn.Sequential(
        nn.Linear(DCGAN_LATENT_DIM, 128 * 8 * 8),
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
    )
    layers: list[nn.Module] = []
    for width_in, width in ((1, 16), (16, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(width_in, width, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        if width_in > 1:
            layers.append(nn.BatchNorm2d(width, 0.8))
    discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 2 * 2, 1), nn.Sigmoid())
    return generator, discriminator


def train_dcgan(
    generator: nn.Module, discriminator: nn.Module, images: Iterator[Tensor], good: bool, bf16: bool
) -> Iterator[None]:
    """The generator first, then the discriminator on the same fakes. bf16: the networks compute under autocast."""
    device = next(generator.parameters()).device
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=LR, betas=DCGAN_BETAS)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=LR, betas=DCGAN_BETAS)
    ones, zeros = torch.ones(DCGAN_BATCH, 1, device=device), torch.zeros(DCGAN_BATCH, 1, device=device)
    wanted = list(generator.parameters()) if good else None
    for real in images:
        g_optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            fake = generator(torch.randn(DCGAN_BATCH, DCGAN_LATENT_DIM, device=device))
            output = discriminator(fake)
        # Autocast refuses binary cross-entropy: the loss is computed in float32.
        g_loss = bce(output.float(), ones)
        g_loss.backward(inputs=wanted)
        g_optimizer.step()

        d_optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            real_output, fake_output = discriminator(real), discriminator(fake.detach())
        d_loss = (bce(real_output.float(), ones) + bce(fake_output.float(), zeros)) / 2
        d_loss.backward()
        d_optimizer.step()
        yield


def training(variant: str, folder: Path, device: torch.device, good: bool, *, bf16: bool = False) -> Training:
    """A training of mlp or dcgan. folder: with MNIST's files. bf16: of dcgan alone."""
    torch.manual_seed(0)
    generator, discriminator = (part.to(device) for part in (make_mlp() if variant == "mlp" else make_dcgan()))
    if variant == "mlp":
        return train_mlp(generator, discriminator, batches(folder, 28, MLP_BATCH, device, good), good)
    return train_dcgan(generator, discriminator, batches(folder, 32, DCGAN_BATCH, device, good), good, bf16)
