"""The plain side of each row."""

from pathlib import Path

import torch

from benchmarks.plain import dcgan, mlp, points
from benchmarks.plain.mnist_images import MNISTImages
from benchmarks.rows import Row
from benchmarks.training import Training

POINTS_FILE = "data/raw/points.mat"

LOOPS = {"gan": points.train_gan, "wgan": points.train_wgan, "wgan_gp": points.train_wgan_gp}


def points_training(variant: str, optimizer: str, device: torch.device, seed: int = 0) -> Training:
    """A training of the points with `optimizer`: rmsprop, adam or sgd."""
    torch.manual_seed(seed)
    data = points.read_training_points(POINTS_FILE, device)
    generator = points.make_generator().to(device)
    discriminator = (points.make_discriminator() if variant == "gan" else points.make_critic()).to(device)
    steps = LOOPS[variant](generator, discriminator, data, optimizer)
    critic_steps = points.CRITIC_STEPS if variant == "wgan_gp" else 1
    return Training(steps, generator, discriminator, points.BATCH, critic_steps)


def training(row: Row, device: torch.device, mnist: Path) -> Training:
    """The training of a row of points or of MNIST. mnist: the folder with MNIST's files."""
    if row.experiment == "points":
        return points_training(row.variant, "rmsprop", device)
    torch.manual_seed(0)
    if row.variant == "mlp":
        generator, discriminator = mlp.make_generator().to(device), mlp.make_discriminator().to(device)
        steps = mlp.train(generator, discriminator, MNISTImages(mnist), device)
        return Training(steps, generator, discriminator, mlp.BATCH, critic_steps=1)
    generator, discriminator = dcgan.make_generator().to(device), dcgan.make_discriminator().to(device)
    images = MNISTImages(mnist, dcgan.SIZE)
    steps = dcgan.train(generator, discriminator, images, device, bf16=row.precision == "bf16")
    return Training(steps, generator, discriminator, dcgan.BATCH, critic_steps=1)
