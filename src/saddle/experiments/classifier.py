"""Training and testing the digit classifier."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from saddle.core.network import Network, initialized
from saddle.core.randomness import torch_rng
from saddle.data.images import normalized
from saddle.errors import UserError
from saddle.networks.classifier import SIZE, Classifier
from saddle.rendering.live.progress import progress_bar
from saddle.training.checkpoints import Checkpoints

# Whole test sets at once would need gigabytes for the first block's maps.
TEST_BATCH = 1000
# Digits written a little elsewhere are the same digits.
MOST_SHIFT = 2

N = TypeVar("N", bound=Network)


def train_classifier(images: Tensor, labels: Tensor, *, seed: int, **how: Any) -> Classifier:
    """A classifier of images (n, 28, 28) uint8 by labels (n,), trained as `fitted` does, with random shifts."""
    classifier = initialized(Classifier, seed, "classifier weights")
    return fitted(classifier, images, labels, name="classifier", size=SIZE, shift=MOST_SHIFT, seed=seed, **how)


def fitted(
    classifier: N,
    images: Tensor,
    labels: Tensor,
    *,
    name: str,
    size: int,
    shift: int,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    device: torch.device,
    checkpoints: Checkpoints | None = None,
) -> N:
    """Train `classifier` on `images`, resized to `size`, with Adam, a one-cycle schedule and random shifts.

    labels: what it should say of each. name: its section under images. shift: the most pixels each way. lr: the
    schedule's peak (Smith and Topin, Super-Convergence, 2018). Same seed, same weights, also of a training that was
    stopped and went on from `checkpoints`. Raises `UserError` if the images fill no batch.
    """
    if len(images) < batch_size:
        raise UserError(
            f"images.{name}.batch_size is {batch_size}, more than the {len(images)} training images; lower it"
        )
    classifier = classifier.to(device).train()
    images, labels = images.to(device), labels.long().to(device)
    steps_per_epoch = len(images) // batch_size
    steps = epochs * steps_per_epoch
    optimizer = torch.optim.Adam(classifier.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    rng = torch_rng(seed, f"{name} data order")
    parts: dict[str, Any] = {"classifier": classifier, "optimizer": optimizer, "schedule": schedule}
    done, order = 0, torch.empty(0, dtype=torch.long)

    def kept() -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in parts.items()}
        return {**states, "rng": rng.get_state(), "done": done, "order": order}

    if checkpoints is not None and (before := checkpoints.newest()) is not None:
        for name, part in parts.items():
            part.load_state_dict(before[name])
        rng.set_state(before["rng"].cpu())
        done, order = before["done"], before["order"].cpu()
    loss_of = nn.CrossEntropyLoss()
    with progress_bar(name, steps, "step", done=done) as bar:
        while done < steps:
            place = done % steps_per_epoch
            if place == 0:
                order = torch.randperm(len(images), generator=rng)
            chosen = order[place * batch_size : (place + 1) * batch_size].to(device)
            batch = _shifted(normalized(images[chosen], size), shift, rng)
            loss = loss_of(classifier(batch), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            done += 1
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            bar.update()
            if checkpoints is not None:
                checkpoints.write_if_due(kept)
    return classifier.eval()


def _shifted(images: Tensor, most: int, rng: torch.Generator) -> Tensor:
    """The whole batch moved by up to `most` pixels each way; black comes in at the edge."""
    down, right = torch.randint(-most, most + 1, (2,), generator=rng).tolist()
    padded = nn.functional.pad(images, [most] * 4, value=-1.0)
    top, left = most - down, most - right
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


@torch.no_grad()
def accuracy(classifier: Classifier, images: Tensor, labels: Tensor) -> float:
    """The fraction of `images` (n, 28, 28) uint8 that are classified as `labels` (n,) say."""
    device = next(classifier.parameters()).device
    right = 0
    for part, truth in zip(images.split(TEST_BATCH), labels.split(TEST_BATCH), strict=True):
        predicted = classifier(normalized(part.to(device), SIZE)).argmax(1).cpu()
        right += int((predicted == truth).sum())
    return right / len(images)
