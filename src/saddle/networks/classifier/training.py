"""Training and testing the digit classifier."""

import torch
from torch import Tensor, nn

from saddle.core.network import initialized
from saddle.core.randomness import torch_rng
from saddle.data.mnist.dataset import normalized
from saddle.errors import UserError
from saddle.networks.classifier.network import SIZE, Classifier
from saddle.progress import progress_bar

# Whole test sets at once would need gigabytes for the first block's maps.
TEST_BATCH = 1000
# Digits written a little elsewhere are the same digits.
MOST_SHIFT = 2


def train_classifier(
    images: Tensor, labels: Tensor, *, epochs: int, batch_size: int, lr: float, seed: int, device: torch.device
) -> Classifier:
    """Train on images (n, 28, 28) uint8 and labels (n,) with Adam, a one-cycle schedule and random shifts.

    lr: the schedule's peak (Smith and Topin, Super-Convergence, 2018). Same seed, same weights. Raises `UserError` if
    the images fill no batch.
    """
    if len(images) < batch_size:
        raise UserError(
            f"mnist.classifier.batch_size is {batch_size}, more than the {len(images)} training images; lower it"
        )
    classifier = initialized(Classifier, seed, "classifier weights").to(device)
    images, labels = images.to(device), labels.long().to(device)
    steps_per_epoch = len(images) // batch_size
    optimizer = torch.optim.Adam(classifier.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * steps_per_epoch)
    loss_of = nn.CrossEntropyLoss()
    rng = torch_rng(seed, "classifier data order")
    classifier.train()
    with progress_bar("classifier", epochs * steps_per_epoch, "step") as bar:
        for _ in range(epochs):
            order = torch.randperm(len(images), generator=rng)
            for chosen in order[: steps_per_epoch * batch_size].view(steps_per_epoch, batch_size):
                batch = _shifted(normalized(images[chosen.to(device)], SIZE), rng)
                loss = loss_of(classifier(batch), labels[chosen.to(device)])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
                bar.update()
    return classifier.eval()


def _shifted(images: Tensor, rng: torch.Generator) -> Tensor:
    """The whole batch moved by up to two pixels each way; background comes in at the edge."""
    down, right = torch.randint(-MOST_SHIFT, MOST_SHIFT + 1, (2,), generator=rng).tolist()
    padded = nn.functional.pad(images, [MOST_SHIFT] * 4, value=-1.0)
    top, left = MOST_SHIFT - down, MOST_SHIFT - right
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


@torch.no_grad()
def accuracy(classifier: Classifier, images: Tensor, labels: Tensor) -> float:
    """The fraction of `images` (n, 28, 28) uint8 that are classified as `labels` (n,) say."""
    device = next(classifier.parameters()).device
    right = 0
    for start in range(0, len(images), TEST_BATCH):
        chosen = slice(start, start + TEST_BATCH)
        predicted = classifier(normalized(images[chosen].to(device), SIZE)).argmax(1).cpu()
        right += int((predicted == labels[chosen]).sum())
    return right / len(images)
